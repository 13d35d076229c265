using System.Numerics.Tensors;
using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>Represents the cosines between all pairs of points, and what a map is made of and measured by.</summary>
internal sealed class PointSimilarities
{
    private readonly float[] _cosines;

    /// <summary>Computes the cosines.</summary>
    /// <param name="points">The points, of unit length or zero: <c>[count][dim]</c>.</param>
    public PointSimilarities(float[][] points)
    {
        Count = points.Length;
        _cosines = new float[(long)Count * Count];
        Failures.Unwrap(() => Parallel.For(0, Count, i =>
        {
            Span<float> row = _cosines.AsSpan(i * Count, Count);
            for (int j = 0; j < row.Length; j++)
                row[j] = TensorPrimitives.Dot<float>(points[Math.Min(i, j)], points[Math.Max(i, j)]);
        }));
    }

    /// <summary>Gets the number of points.</summary>
    public int Count { get; }

    /// <summary>Gets the cosines of a point with all points, <c>[count]</c>.</summary>
    public ReadOnlySpan<float> Row(int point) => _cosines.AsSpan(point * Count, Count);

    /// <summary>Projects the points onto their first two principal axes, which are the eigenvectors of the centred matrix of products.</summary>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>The coordinates, <c>[count]</c>. Each axis points to the side of the larger deviations.</returns>
    public (double X, double Y)[] PrincipalAxes(CancellationToken cancellation)
    {
        double[][] products = Centred();
        double[][] axes = PrincipalDirections.Largest(products, 2, cancellation);
        double[] x = Coordinates(products, axes[0]), y = Coordinates(products, axes[1]);
        return [.. x.Zip(y)];
    }

    private double[][] Centred()
    {
        double[] means = [.. Enumerable.Range(0, Count).Select(i => (double)TensorPrimitives.Sum(Row(i)) / Count)];
        double mean = means.Average();
        return [.. Enumerable.Range(0, Count).Select(i =>
        {
            var row = new double[Count];
            for (int j = 0; j < Count; j++)
                row[j] = Row(i)[j] - means[i] - means[j] + mean;
            return row;
        })];
    }

    // The eigenvector times the root of its eigenvalue. The sign of an axis is arbitrary, and the third moment decides it.
    private static double[] Coordinates(double[][] products, double[] axis)
    {
        double value = products.Select((row, i) => TensorPrimitives.Dot<double>(row, axis) * axis[i]).Sum();
        double scale = Math.Sqrt(Math.Max(0, value)) * (axis.Sum(v => v * v * v) < 0 ? -1 : 1);
        return Array.ConvertAll(axis, v => v * scale);
    }
}
