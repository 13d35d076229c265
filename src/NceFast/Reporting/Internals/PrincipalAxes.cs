using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>
/// The two directions along which points vary most (principal components), by orthogonal iteration on their covariance:
/// a full decomposition would find hundreds of axes for the two that are shown.
/// </summary>
internal static class PrincipalAxes
{
    private const int Iterations = 200;
    private const double Settled = 1e-10;

    /// <summary>Places points on their first two axes.</summary>
    /// <param name="points">The points, <c>[count][dim]</c>; centred in place.</param>
    /// <returns>Coordinates, <c>[count]</c>; each axis points to the side of its larger deviations.</returns>
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

    // Not orthogonal to any axis but by rare chance, and the same at every call.
    private static double[] Start(int dim, int number) => [.. Enumerable.Range(0, dim).Select(i => Math.Cos((1.7 + number) * (i + 1)))];

    private static double[] Times(double[][] matrix, double[] vector) => Array.ConvertAll(matrix, row => Dot(row, vector));

    // Unit length, with the part along another unit vector taken away; zero stays zero.
    private static double[] Normalised(double[] vector, double[] other)
    {
        double along = other.Length == 0 ? 0 : Dot(vector, other);
        double[] rest = other.Length == 0 ? vector : [.. vector.Select((v, i) => v - (along * other[i]))];
        double length = Math.Sqrt(Dot(rest, rest));
        return length == 0 ? rest : Array.ConvertAll(rest, v => v / length);
    }

    // The sign of an axis is free; it is fixed by the third moment.
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
