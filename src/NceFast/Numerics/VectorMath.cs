using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>Computes elementary functions of vectors of any width. The polynomials are near-minimax fits of the relative error, made for this program.</summary>
internal static class VectorMath<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>exp(x) for -87 &lt;= x &lt;= 0, below which it is exp(-87); relative error below 2e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ExpOfNonPositive(TVector x)
    {
        x = TSimd.MaxOfNumbers(TSimd.Create(-87f), x);
        TVector n = TSimd.Round(TSimd.Multiply(x, TSimd.Create(1.44269504f)));
        // ln 2 is split into two parts, so that the first product is exact.
        TVector r = TSimd.MultiplyAdd(n, TSimd.Create(-0.693359375f), x);
        r = TSimd.MultiplyAdd(n, TSimd.Create(2.12194440e-4f), r);
        TVector p = TSimd.Create(0.00829758123f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.0419158787f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.166675791f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.499988914f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(0.999999702f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.00000012f));
        return TSimd.Scale(p, n);
    }

    /// <summary>log(1 + e) for 0 &lt;= e &lt;= 1; relative error below 4e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Log1p(TVector e)
    {
        TVector p = TSimd.Create(-0.00853910483f);
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(0.0440892801f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(-0.107681252f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(0.177452117f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(-0.244954541f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(0.332754791f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(-0.499974042f));
        p = TSimd.MultiplyAdd(p, e, TSimd.Create(0.999999821f));
        return TSimd.Multiply(p, e);
    }
}
