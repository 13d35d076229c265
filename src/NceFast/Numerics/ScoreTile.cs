using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>
/// Computes dot products of 4 rows with 3 vectors of queries. 12 sums stay in registers, which covers the latency of two
/// multiply-add units and fits into 16 registers. The queries are packed side by side, <c>[dim, batch]</c>, so
/// that each lane is one query: no sum across lanes is needed, and a whole vector of thresholds is compared at once.
/// </summary>
internal abstract unsafe class ScoreTile
{
    /// <summary>Rows of a tile.</summary>
    public const int RowsPerTile = 4;

    /// <summary>Vectors of queries of a tile.</summary>
    public const int VectorsPerTile = 3;

    /// <summary>Gets the tile of the process's width.</summary>
    public static ScoreTile Best => Of(SimdCatalog.Current);

    /// <summary>Gets the tiles of all widths; each computes on every machine, though not always fast.</summary>
    public static IReadOnlyList<ScoreTile> All { get; } = [Of(SimdWidth.Vector512), Of(SimdWidth.Vector256), Of(SimdWidth.Vector128), Of(SimdWidth.Scalar)];

    /// <summary>Gets the queries of a tile.</summary>
    public abstract int Batch { get; }

    /// <summary>Computes one tile.</summary>
    /// <param name="rows">The 4 rows, <c>[dim]</c> each.</param>
    /// <param name="scales">Factor of each row, <c>[4]</c>.</param>
    /// <param name="packed">Queries, <c>[dim, batch]</c>.</param>
    /// <param name="dim">Floats per row.</param>
    /// <param name="thresholds">Smallest score of interest for each query, <c>[batch]</c>.</param>
    /// <param name="scores">Receives the scores, <c>[4, batch]</c>.</param>
    /// <param name="hits">Receives for each row one bit per query: whether its score is at least its threshold, <c>[4]</c>.</param>
    /// <returns>True when any bit is set.</returns>
    public abstract bool Run(float** rows, float* scales, float* packed, int dim, float* thresholds, float* scores, ulong* hits);

    /// <summary>Gets the tile of a width.</summary>
    public static ScoreTile Of(SimdWidth width) => SimdCatalog.Get<Factory, ScoreTile>(width);

    private readonly struct Factory : ISimdFactory<ScoreTile>
    {
        public static ScoreTile Create<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => new ScoreTile<TSimd, TVector>();
    }
}

/// <summary>The tile for one vector width.</summary>
internal sealed unsafe class ScoreTile<TSimd, TVector> : ScoreTile
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    public override int Batch => VectorsPerTile * TSimd.Width;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Run(float** rows, float* scales, float* packed, int dim, float* thresholds, float* scores, ulong* hits)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        TVector a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        TVector c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        int lanes = TSimd.Width;
        float* q = packed;
        for (nint k = 0; k < dim; k++, q += 3 * lanes)
        {
            TVector q0 = TSimd.Load(q), q1 = TSimd.Load(q + lanes), q2 = TSimd.Load(q + 2 * lanes);
            TVector x = TSimd.Create(r0[k]);
            a0 = TSimd.MultiplyAdd(x, q0, a0);
            a1 = TSimd.MultiplyAdd(x, q1, a1);
            a2 = TSimd.MultiplyAdd(x, q2, a2);
            x = TSimd.Create(r1[k]);
            b0 = TSimd.MultiplyAdd(x, q0, b0);
            b1 = TSimd.MultiplyAdd(x, q1, b1);
            b2 = TSimd.MultiplyAdd(x, q2, b2);
            x = TSimd.Create(r2[k]);
            c0 = TSimd.MultiplyAdd(x, q0, c0);
            c1 = TSimd.MultiplyAdd(x, q1, c1);
            c2 = TSimd.MultiplyAdd(x, q2, c2);
            x = TSimd.Create(r3[k]);
            d0 = TSimd.MultiplyAdd(x, q0, d0);
            d1 = TSimd.MultiplyAdd(x, q1, d1);
            d2 = TSimd.MultiplyAdd(x, q2, d2);
        }

        hits[0] = Finish(a0, a1, a2, scales[0], thresholds, scores);
        hits[1] = Finish(b0, b1, b2, scales[1], thresholds, scores + 3 * lanes);
        hits[2] = Finish(c0, c1, c2, scales[2], thresholds, scores + 6 * lanes);
        hits[3] = Finish(d0, d1, d2, scales[3], thresholds, scores + 9 * lanes);
        return (hits[0] | hits[1] | hits[2] | hits[3]) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(TVector s0, TVector s1, TVector s2, float scale, float* thresholds, float* to)
    {
        int lanes = TSimd.Width;
        return Finish(s0, scale, thresholds, to)
            | Finish(s1, scale, thresholds + lanes, to + lanes) << lanes
            | Finish(s2, scale, thresholds + 2 * lanes, to + 2 * lanes) << (2 * lanes);
    }

    // Stores the scaled scores; a bit per score is set if the score is at least its threshold.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(TVector scores, float scale, float* thresholds, float* to)
    {
        TVector scaled = TSimd.Multiply(scores, TSimd.Create(scale));
        TSimd.Store(to, scaled);
        return TSimd.GreaterThanOrEqual(scaled, TSimd.Load(thresholds));
    }
}
