namespace NceFast.Reporting;

/// <summary>Computes the rank-frequency curve (Zipf) of a vocabulary at ranks that are evenly spaced on a logarithmic scale.</summary>
public static class RankFrequency
{
    private const int PointsPerDecade = 24;

    /// <summary>Computes points of the curve.</summary>
    /// <param name="counts">The number of occurrences of each word, in any order.</param>
    /// <returns>Ranks from 1 to the number of words, and the number of occurrences of the words at these ranks.</returns>
    public static (long[] Ranks, long[] Counts) Of(ReadOnlySpan<long> counts)
    {
        long[] sorted = counts.ToArray();
        Array.Sort(sorted, (a, b) => b.CompareTo(a));
        var ranks = new List<long>();
        for (int step = 0; ; step++)
        {
            long rank = (long)Math.Round(Math.Pow(10, step / (double)PointsPerDecade));
            if (rank >= sorted.Length)
                break;
            if (ranks.Count == 0 || rank > ranks[^1])
                ranks.Add(rank);
        }

        if (sorted.Length > 0)
            ranks.Add(sorted.Length);
        return ([.. ranks], [.. ranks.Select(rank => sorted[rank - 1])]);
    }
}
