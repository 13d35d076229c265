using System.Numerics.Tensors;
using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Divides directions into clusters by spherical k-means (Dhillon and Modha, "Concept decompositions for large sparse text data using
/// clustering", Machine Learning 2001). The direction that all have in common is removed first.
/// </summary>
internal static class WordClusters
{
    private const int MaxSteps = 60, Starts = 4, Candidates = 4;

    // Points have unit length; what remains of equal points is rounding.
    private const float RoundingNoise = 1e-5f;

    /// <summary>Finds clusters.</summary>
    /// <param name="points">The points, of unit length or zero: <c>[count][dim]</c>.</param>
    /// <param name="count">The maximum number of clusters.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>The number of the cluster of each point, largest cluster first, and the points of each cluster, nearest to its centre first.</returns>
    public static (int[] ClusterOf, int[][] Members) Find(float[][] points, int count, CancellationToken cancellation)
    {
        float[][] own = WithoutMean(points);
        (int[] Of, float[][] Centres, double Fit) best = ([], [], double.NegativeInfinity);
        for (int start = 0; start < Starts; start++)
        {
            (int[] Of, float[][] Centres, double Fit) found = Run(own, Math.Min(count, own.Length), new DrawSequence((ulong)start + 1), cancellation);
            if (found.Fit > best.Fit)
                best = found;
        }

        int[][] members = [.. Enumerable.Range(0, best.Centres.Length)
            .Select(c => Enumerable.Range(0, own.Length).Where(i => best.Of[i] == c).OrderByDescending(i => TensorPrimitives.Dot<float>(own[i], best.Centres[c])).ToArray())
            .Where(list => list.Length > 0)
            .OrderByDescending(list => list.Length)];
        int[] clusterOf = new int[own.Length];
        for (int c = 0; c < members.Length; c++)
        {
            foreach (int i in members[c])
                clusterOf[i] = c;
        }

        return (clusterOf, members);
    }

    private static (int[] Of, float[][] Centres, double Fit) Run(float[][] points, int count, DrawSequence draws, CancellationToken cancellation)
    {
        float[][] centres = Spread(points, count, draws);
        int[] of = new int[points.Length];
        float[] cosines = new float[points.Length];
        double fit = double.NegativeInfinity;
        for (int step = 0; step < MaxSteps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            Failures.Unwrap(() => Parallel.For(0, points.Length, i => (of[i], cosines[i]) = Nearest(points[i], centres)));
            double now = cosines.Sum(c => (double)c);
            if (now <= fit)
                break;
            fit = now;
            centres = Means(points, of, centres);
        }

        return (of, centres, fit);
    }

    // Each next centre is the best of some points that are drawn by their distance from the centres so far (k-means++, Arthur and
    // Vassilvitskii 2007, section 7).
    private static float[][] Spread(float[][] points, int count, DrawSequence draws)
    {
        var centres = new List<float[]> { points[(int)(draws.NextUniform() * points.Length)] };
        double[] distances = Distances(points, centres[0], null);
        while (centres.Count < count)
        {
            double sum = distances.Sum();
            (float[] Point, double[] Distances, double Sum) best = ([], [], double.PositiveInfinity);
            for (int candidate = 0; candidate < Candidates; candidate++)
            {
                float[] point = points[Draw(distances, draws.NextUniform() * sum)];
                double[] then = Distances(points, point, distances);
                if (then.Sum() is var left && left < best.Sum)
                    best = (point, then, left);
            }

            centres.Add(best.Point);
            distances = best.Distances;
        }

        return [.. centres];
    }

    private static double[] Distances(float[][] points, float[] centre, double[]? before)
    {
        double[] distances = new double[points.Length];
        for (int i = 0; i < distances.Length; i++)
            distances[i] = Math.Min(before?[i] ?? double.PositiveInfinity, Math.Max(0, 1.0 - TensorPrimitives.Dot<float>(points[i], centre)));
        return distances;
    }

    private static int Draw(double[] distances, double left)
    {
        int chosen = 0;
        while (chosen < distances.Length - 1 && (left -= distances[chosen]) > 0)
            chosen++;
        return chosen;
    }

    private static (int Centre, float Cosine) Nearest(float[] point, float[][] centres)
    {
        (int Centre, float Cosine) best = (0, float.NegativeInfinity);
        for (int c = 0; c < centres.Length; c++)
        {
            float cosine = TensorPrimitives.Dot<float>(point, centres[c]);
            if (cosine > best.Cosine)
                best = (c, cosine);
        }

        return best;
    }

    private static float[][] Means(float[][] points, int[] of, float[][] centres)
    {
        float[][] means = Array.ConvertAll(centres, c => new float[c.Length]);
        for (int i = 0; i < points.Length; i++)
            TensorPrimitives.Add(means[of[i]], points[i], means[of[i]]);
        return Array.ConvertAll(means, Normalized);
    }

    private static float[][] WithoutMean(float[][] points)
    {
        float[] mean = new float[points[0].Length];
        foreach (float[] point in points)
            TensorPrimitives.Add(mean, point, mean);
        TensorPrimitives.Divide(mean, points.Length, mean);
        return Array.ConvertAll(points, point =>
        {
            float[] rest = new float[point.Length];
            TensorPrimitives.Subtract(point, mean, rest);
            return TensorPrimitives.Norm<float>(rest) < RoundingNoise ? new float[rest.Length] : Normalized(rest);
        });
    }

    private static float[] Normalized(float[] vector)
    {
        float length = TensorPrimitives.Norm<float>(vector);
        if (length > 0)
            TensorPrimitives.Divide(vector, length, vector);
        return vector;
    }
}
