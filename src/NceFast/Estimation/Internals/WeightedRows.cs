using System.Numerics;
using System.Runtime.InteropServices;

namespace NceFast.Estimation.Internals;

/// <summary>Computes sums of rows and of their outer products.</summary>
internal static class WeightedRows
{
    /// <summary>Computes sum += weight * row.</summary>
    public static void Add(Span<double> sum, ReadOnlySpan<double> row, double weight)
    {
        int whole = row.Length - (row.Length % Vector<double>.Count);
        Span<Vector<double>> sums = MemoryMarshal.Cast<double, Vector<double>>(sum[..whole]);
        ReadOnlySpan<Vector<double>> rows = MemoryMarshal.Cast<double, Vector<double>>(row[..whole]);
        for (int i = 0; i < rows.Length; i++)
            sums[i] += rows[i] * weight;
        for (int i = whole; i < row.Length; i++)
            sum[i] += weight * row[i];
    }

    /// <summary>Computes moments += weight * row row', in the lower triangle only.</summary>
    /// <param name="moments">The sums: <c>[n, n]</c>.</param>
    /// <param name="row">The row: <c>[n]</c>.</param>
    /// <param name="weight">The weight of the row.</param>
    public static void AddSquare(Span<double> moments, ReadOnlySpan<double> row, double weight)
    {
        for (int i = 0; i < row.Length; i++)
            Add(moments.Slice(i * row.Length, i + 1), row[..(i + 1)], weight * row[i]);
    }

    /// <summary>Computes moments += weight * g g' with g = (row, 1), in the lower triangle only. The last row then contains the sums of weight * g.</summary>
    /// <param name="moments">The sums: <c>[n + 1, n + 1]</c>.</param>
    /// <param name="row">The row: <c>[n]</c>.</param>
    /// <param name="weight">The weight of the row.</param>
    public static void AddMoments(Span<double> moments, ReadOnlySpan<double> row, double weight)
    {
        int width = row.Length + 1;
        for (int i = 0; i < row.Length; i++)
            Add(moments.Slice(i * width, i + 1), row[..(i + 1)], weight * row[i]);
        Span<double> last = moments[(row.Length * width)..];
        Add(last, row, weight);
        last[row.Length] += weight;
    }
}
