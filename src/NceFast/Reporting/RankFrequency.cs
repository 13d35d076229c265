namespace NceFast.Reporting;

/// <summary>The rank-frequency curve (Zipf) of a vocabulary, at ranks spaced evenly in the logarithm.</summary>
public static class RankFrequency
{
    private const int PointsADecade = 24;

    /// <summary>Takes points of the curve.</summary>
    /// <param name="counts">Occurrences of words, in any order.</param>
    /// <returns>Ranks from 1 to the number of words, and the occurrences there.</returns>
    public static (long[] Ranks, long[] Counts) Of(ReadOnlySpan<long> counts)
    {
        long[] sorted = counts.ToArray();
        Array.Sort(sorted, (a, b) => b.CompareTo(a));
        var ranks = new List<long>();
        for (int step = 0; ; step++)
        {
            long rank = (long)Math.Round(Math.Pow(10, step / (double)PointsADecade));
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
