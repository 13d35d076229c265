using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>Finds the largest magnitude of floats, and whether all are finite, in one pass.</summary>
internal abstract unsafe class Magnitudes
{
    /// <summary>Gets the search in the process's width.</summary>
    public static Magnitudes Current => Of(SimdCatalog.Current);

    /// <summary>Gets the search in a width.</summary>
    public static Magnitudes Of(SimdWidth width) => SimdCatalog.Get<Factory, Magnitudes>(width);

    /// <summary>The largest magnitude; NaN if a value is not finite, 0 if there is none.</summary>
    public abstract float Largest(ReadOnlySpan<float> values);

    /// <summary>Whether all values are finite.</summary>
    public bool AreFinite(ReadOnlySpan<float> values) => !float.IsNaN(Largest(values));

    private readonly struct Factory : ISimdFactory<Magnitudes>
    {
        public static Magnitudes Create<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => new Magnitudes<TSimd, TVector>();
    }
}

/// <summary>The search in one vector width.</summary>
internal sealed unsafe class Magnitudes<TSimd, TVector> : Magnitudes
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Largest(ReadOnlySpan<float> values)
    {
        TVector none = TSimd.Create(0), largestOfLanes = none, zero = none; // 0 times a value is 0 unless the value is not finite
        float most = 0, rest = 0;
        fixed (float* p = values)
        {
            int c = 0;
            for (; c + TSimd.Width <= values.Length; c += TSimd.Width)
            {
                TVector x = TSimd.Load(p + c);
                largestOfLanes = TSimd.Max(largestOfLanes, TSimd.Subtract(none, TSimd.NegativeAbs(x)));
                zero = TSimd.Add(zero, TSimd.Multiply(x, none));
            }

            float* lanes = stackalloc float[(int)SimdWidth.Vector512];
            TSimd.Store(lanes, largestOfLanes);
            rest = TSimd.Sum(zero);
            for (int i = 0; i < TSimd.Width; i++)
                most = Math.Max(most, lanes[i]);
            for (; c < values.Length; c++)
            {
                most = Math.Max(most, Math.Abs(p[c]));
                rest += p[c] * 0;
            }
        }

        return rest == 0 ? most : float.NaN;
    }
}
