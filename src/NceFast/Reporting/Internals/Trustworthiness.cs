using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Measures how far neighbours on a map are neighbours in space, too (Venna and Kaski, "Neighborhood preservation in nonlinear
/// projection methods", ICANN 2001, equation 1). A map without false neighbours has 1.
/// </summary>
internal static class Trustworthiness
{
    /// <summary>Measures a map.</summary>
    /// <param name="space">The points in space.</param>
    /// <param name="map">The points on the map, <c>[count]</c>.</param>
    /// <param name="neighbours">The number of neighbours of each point. More than twice as many points are needed.</param>
    /// <returns>The trustworthiness, 0 to 1; NaN for too few points.</returns>
    public static double Of(PointSimilarities space, (double X, double Y)[] map, int neighbours)
    {
        int count = map.Length;
        if (count <= 2 * neighbours)
            return double.NaN;
        var excess = new long[count];
        Failures.Unwrap(() => Parallel.For(0, count, i =>
        {
            foreach (int j in Nearest(map, i, neighbours))
                excess[i] += Math.Max(0, RankOf(space.Row(i), i, j) - neighbours);
        }));
        return 1 - (2.0 * excess.Sum() / ((double)count * neighbours * ((2 * count) - (3 * neighbours) - 1)));
    }

    private static int[] Nearest((double X, double Y)[] map, int point, int neighbours)
    {
        var distances = new double[map.Length];
        int[] order = [.. Enumerable.Range(0, map.Length)];
        for (int j = 0; j < map.Length; j++)
            distances[j] = j == point ? double.PositiveInfinity : Square(map[j].X - map[point].X) + Square(map[j].Y - map[point].Y);
        Array.Sort(distances, order);
        return order[..neighbours];
    }

    // 1 for the nearest point in space.
    private static int RankOf(ReadOnlySpan<float> cosines, int point, int other)
    {
        int rank = 1;
        for (int j = 0; j < cosines.Length; j++)
        {
            if (j != point && j != other && cosines[j] > cosines[other])
                rank++;
        }

        return rank;
    }

    private static double Square(double value) => value * value;
}
