using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Numerics;

/// <summary>
/// Dot products of 4 rows with 3 vectors of queries: 12 sums stay in registers, which covers the latency of two
/// multiply-add units and leaves room in 16 registers. The queries are packed side by side, <c>[dim, batch]</c>, so
/// that each lane is one query: no sum across lanes is ever needed, and thresholds are compared a vector at a time.
/// </summary>
internal abstract unsafe class ScoreTile
{
    /// <summary>Rows of a tile.</summary>
    public const int RowsPerTile = 4;

    /// <summary>Vectors of queries of a tile.</summary>
    public const int VectorsPerTile = 3;

    /// <summary>The widest tile this machine computes at full rate. 512 bits come first: twice the work an instruction.</summary>
    public static ScoreTile Best { get; } =
        Vector512.IsHardwareAccelerated ? new ScoreTile<Lanes512, Vector512<float>>()
        : Vector256.IsHardwareAccelerated ? new ScoreTile<Lanes256, Vector256<float>>()
        : new ScoreTile<Lanes128, Vector128<float>>();

    /// <summary>All widths; each computes on every machine, if slowly.</summary>
    public static IReadOnlyList<ScoreTile> All { get; } =
    [
        new ScoreTile<Lanes512, Vector512<float>>(), new ScoreTile<Lanes256, Vector256<float>>(), new ScoreTile<Lanes128, Vector128<float>>(),
    ];

    /// <summary>Queries of a tile.</summary>
    public abstract int Batch { get; }

    /// <summary>Computes one tile.</summary>
    /// <param name="rows">The 4 rows, <c>[dim]</c> each.</param>
    /// <param name="scales">Factor of each row, <c>[4]</c>.</param>
    /// <param name="packed">Queries, <c>[dim, batch]</c>.</param>
    /// <param name="dim">Floats a row.</param>
    /// <param name="thresholds">Least score of interest of each query, <c>[batch]</c>.</param>
    /// <param name="scores">Takes the scores, <c>[4, batch]</c>.</param>
    /// <param name="hits">Takes for each row a bit a query whose score is at least its threshold, <c>[4]</c>.</param>
    /// <returns>True when any bit is set.</returns>
    public abstract bool Run(float** rows, float* scales, float* packed, int dim, float* thresholds, float* scores, ulong* hits);
}

/// <summary>The tile for one vector width.</summary>
internal sealed unsafe class ScoreTile<TLanes, TVector> : ScoreTile
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    public override int Batch => VectorsPerTile * TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool Run(float** rows, float* scales, float* packed, int dim, float* thresholds, float* scores, ulong* hits)
    {
        float* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
        TVector a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default;
        TVector c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        int lanes = TLanes.Count;
        float* q = packed;
        for (nint k = 0; k < dim; k++, q += 3 * lanes)
        {
            TVector q0 = TLanes.Load(q), q1 = TLanes.Load(q + lanes), q2 = TLanes.Load(q + 2 * lanes);
            TVector x = TLanes.Splat(r0[k]);
            a0 = TLanes.MultiplyAdd(x, q0, a0);
            a1 = TLanes.MultiplyAdd(x, q1, a1);
            a2 = TLanes.MultiplyAdd(x, q2, a2);
            x = TLanes.Splat(r1[k]);
            b0 = TLanes.MultiplyAdd(x, q0, b0);
            b1 = TLanes.MultiplyAdd(x, q1, b1);
            b2 = TLanes.MultiplyAdd(x, q2, b2);
            x = TLanes.Splat(r2[k]);
            c0 = TLanes.MultiplyAdd(x, q0, c0);
            c1 = TLanes.MultiplyAdd(x, q1, c1);
            c2 = TLanes.MultiplyAdd(x, q2, c2);
            x = TLanes.Splat(r3[k]);
            d0 = TLanes.MultiplyAdd(x, q0, d0);
            d1 = TLanes.MultiplyAdd(x, q1, d1);
            d2 = TLanes.MultiplyAdd(x, q2, d2);
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
        int lanes = TLanes.Count;
        return TLanes.Finish(s0, scale, thresholds, to)
            | TLanes.Finish(s1, scale, thresholds + lanes, to + lanes) << lanes
            | TLanes.Finish(s2, scale, thresholds + 2 * lanes, to + 2 * lanes) << (2 * lanes);
    }
}
