using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>
/// Computes the dot products of one vector with consecutive rows and, in the same pass, the sum of squares of each row. Both need the
/// same bytes of the rows, and reading them from memory takes longer than the arithmetic, so the lengths take no time.
/// </summary>
internal abstract unsafe class RowScorer
{
    /// <summary>Rows that are computed together.</summary>
    public const int RowsPerStep = 4;

    /// <summary>Gets the scorer of a width.</summary>
    public static RowScorer Of(SimdWidth width) => SimdCatalog.Get<Factory, RowScorer>(width);

    /// <summary>Computes four rows.</summary>
    /// <param name="rows">The 4 rows, <c>[stride]</c> each.</param>
    /// <param name="vector">The vector, <c>[stride]</c>.</param>
    /// <param name="stride">Floats per row with the padding, a multiple of 16; the padding is zero.</param>
    /// <param name="dots">Receives the dot products, <c>[4]</c>.</param>
    /// <param name="squares">Receives the sums of squares, <c>[4]</c>.</param>
    public abstract void Run(float** rows, float* vector, int stride, float* dots, float* squares);

    private readonly struct Factory : ISimdFactory<RowScorer>
    {
        public static RowScorer Create<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => new RowScorer<TSimd, TVector>();
    }
}

/// <summary>The scorer of one vector width.</summary>
internal sealed unsafe class RowScorer<TSimd, TVector> : RowScorer
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(float** rows, float* vector, int stride, float* dots, float* squares)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        TVector d0 = default, d1 = default, d2 = default, d3 = default, s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint k = 0; k < stride; k += TSimd.Width)
        {
            TVector v = TSimd.Load(vector + k), x = TSimd.Load(r0 + k);
            d0 = TSimd.MultiplyAdd(x, v, d0);
            s0 = TSimd.MultiplyAdd(x, x, s0);
            x = TSimd.Load(r1 + k);
            d1 = TSimd.MultiplyAdd(x, v, d1);
            s1 = TSimd.MultiplyAdd(x, x, s1);
            x = TSimd.Load(r2 + k);
            d2 = TSimd.MultiplyAdd(x, v, d2);
            s2 = TSimd.MultiplyAdd(x, x, s2);
            x = TSimd.Load(r3 + k);
            d3 = TSimd.MultiplyAdd(x, v, d3);
            s3 = TSimd.MultiplyAdd(x, x, s3);
        }

        Sum(d0, d1, d2, d3, dots);
        Sum(s0, s1, s2, s3, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(TVector a, TVector b, TVector c, TVector d, float* to) =>
        (to[0], to[1], to[2], to[3]) = (TSimd.Sum(a), TSimd.Sum(b), TSimd.Sum(c), TSimd.Sum(d));
}
