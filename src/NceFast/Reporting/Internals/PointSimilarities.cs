using System.Numerics.Tensors;
using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>Represents the cosines between all pairs of points, and what a map is made of and measured by.</summary>
internal sealed class PointSimilarities
{
    private readonly float[][] _points;
    private readonly float[] _cosines;

    /// <summary>Computes the cosines.</summary>
    /// <param name="points">The points, of unit length or zero: <c>[count][dim]</c>.</param>
    public PointSimilarities(float[][] points)
    {
        _points = points;
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

    /// <summary>Projects the points onto their first two principal axes.</summary>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>The coordinates, <c>[count]</c>. Each axis points to the side of the larger deviations.</returns>
    public (double X, double Y)[] PrincipalAxes(CancellationToken cancellation)
    {
        float[] mean = new float[_points[0].Length];
        foreach (float[] point in _points)
            TensorPrimitives.Add(mean, point, mean);
        TensorPrimitives.Divide(mean, Count, mean);
        double[][] axes = PrincipalDirections.Largest(axis => Spread(Project(axis, mean), mean), mean.Length, 2, cancellation);
        return [.. Project(axes[0], mean, isSided: true).Zip(Project(axes[1], mean, isSided: true))];
    }

    // Multiplies the centred points by an axis. The sign of an axis is arbitrary, and the third moment can decide it.
    private double[] Project(double[] axis, float[] mean, bool isSided = false)
    {
        float[] direction = Array.ConvertAll(axis, v => (float)v);
        double origin = TensorPrimitives.Dot<float>(mean, direction);
        double[] places = Array.ConvertAll(_points, point => TensorPrimitives.Dot<float>(point, direction) - origin);
        if (isSided && places.Sum(v => v * v * v) < 0)
            TensorPrimitives.Negate(places, places);
        return places;
    }

    // Multiplies the transposed centred points by one number per point. Together with the projection, this is a product with the covariance.
    private double[] Spread(double[] places, float[] mean)
    {
        float[] sum = new float[mean.Length];
        for (int i = 0; i < places.Length; i++)
            TensorPrimitives.MultiplyAdd(_points[i], (float)places[i], sum, sum);
        TensorPrimitives.MultiplyAdd(mean, (float)-places.Sum(), sum, sum);
        return Array.ConvertAll(sum, v => (double)v);
    }
}
