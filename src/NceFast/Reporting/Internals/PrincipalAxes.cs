using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Computes the first two principal components of points by orthogonal iteration on their covariance. A full decomposition
/// would compute hundreds of axes, of which the map shows two.
/// </summary>
internal static class PrincipalAxes
{
    private const int Iterations = 200;
    private const double Settled = 1e-10;

    /// <summary>Projects points onto their first two principal axes.</summary>
    /// <param name="points">The points, <c>[count][dim]</c>. They are centred in place.</param>
    /// <returns>The coordinates, <c>[count]</c>. Each axis points to the side of the larger deviations.</returns>
    public static (double X, double Y)[] Project(double[][] points)
    {
        if (points.Length == 0)
            return [];
        Centre(points);
        double[][] covariance = Covariance(points);
        double[] first = Start(covariance.Length, 0), second = Start(covariance.Length, 1);
        for (int i = 0; i < Iterations; i++)
        {
            double[] a = Normalised(Times(covariance, first), []), b = Normalised(Times(covariance, second), a);
            double moved = Distance(a, first) + Distance(b, second);
            (first, second) = (a, b);
            if (moved < Settled)
                break;
        }

        double sx = Side(points, first), sy = Side(points, second);
        return Array.ConvertAll(points, p => (sx * Dot(p, first), sy * Dot(p, second)));
    }

    private static void Centre(double[][] points)
    {
        for (int c = 0; c < points[0].Length; c++)
        {
            double mean = points.Average(p => p[c]);
            foreach (double[] point in points)
                point[c] -= mean;
        }
    }

    private static double[][] Covariance(double[][] points)
    {
        int dim = points[0].Length;
        var covariance = new double[dim][];
        Failures.Unwrap(() => Parallel.For(0, dim, r =>
        {
            double[] row = covariance[r] = new double[dim];
            foreach (double[] point in points)
            {
                double value = point[r];
                for (int c = 0; c < dim; c++)
                    row[c] += value * point[c];
            }
        }));
        return covariance;
    }

    // A start vector that is the same for every call and hardly ever orthogonal to a principal axis.
    private static double[] Start(int dim, int number) => [.. Enumerable.Range(0, dim).Select(i => Math.Cos((1.7 + number) * (i + 1)))];

    private static double[] Times(double[][] matrix, double[] vector) => Array.ConvertAll(matrix, row => Dot(row, vector));

    // Removes the component along another unit vector and scales the rest to unit length. A zero vector remains zero.
    private static double[] Normalised(double[] vector, double[] other)
    {
        double along = other.Length == 0 ? 0 : Dot(vector, other);
        double[] rest = other.Length == 0 ? vector : [.. vector.Select((v, i) => v - (along * other[i]))];
        double length = Math.Sqrt(Dot(rest, rest));
        return length == 0 ? rest : Array.ConvertAll(rest, v => v / length);
    }

    // The sign of an axis is arbitrary. The third moment decides it.
    private static double Side(double[][] points, double[] axis) => points.Sum(p => Math.Pow(Dot(p, axis), 3)) < 0 ? -1 : 1;

    private static double Distance(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
