namespace NceFast.Distribution;

/// <summary>Represents a rank that others wait for.</summary>
/// <param name="Rank">The rank.</param>
/// <param name="Factor">How many times as long as the median of the others it takes for the same number of words.</param>
/// <param name="Seconds">The time over which this was measured.</param>
internal readonly record struct SlowRank(int Rank, double Factor, double Seconds);

/// <summary>
/// Compares how long the ranks take for the same number of words. Every rank receives the same times with the votes. A rank is compared
/// over at least three merges of all rows and a minimum time, so that one slow read or one busy moment does not count.
/// </summary>
/// <param name="hosts">The machine of each rank: <c>[ranks]</c>.</param>
/// <param name="leastSeconds">The minimum time.</param>
/// <param name="report">Receives a slow rank, at most once per epoch and rank; may be null.</param>
internal sealed class RankPace(IReadOnlyList<string> hosts, double leastSeconds, Action<SlowRank>? report)
{
    private const double Limit = 1.5;
    private const int LeastMerges = 3;
    private readonly WorkTime[] _window = new WorkTime[hosts.Count], _total = new WorkTime[hosts.Count];
    private readonly int[] _reported = Enumerable.Repeat(-1, hosts.Count).ToArray(); // the last epoch
    private int _merges;

    /// <summary>Gets the machine of each rank: <c>[ranks]</c>.</summary>
    public IReadOnlyList<string> Hosts => hosts;

    /// <summary>Gets how long each rank trained: <c>[ranks]</c>.</summary>
    public IReadOnlyList<WorkTime> Totals => _total;

    /// <summary>Adds the times of one merge.</summary>
    /// <param name="workOf">Returns how long a rank trained since the last merge.</param>
    /// <param name="isAll">Whether the merge takes all rows.</param>
    /// <param name="epoch">The current epoch.</param>
    public void Add(Func<int, WorkTime> workOf, bool isAll, int epoch)
    {
        for (int rank = 0; rank < hosts.Count; rank++)
        {
            WorkTime work = workOf(rank);
            _window[rank] += work;
            _total[rank] += work;
        }

        _merges += isAll ? 1 : 0;
        double seconds = _window.Max(w => w.Seconds);
        if (!isAll || _merges < LeastMerges || seconds < leastSeconds)
            return;
        for (int rank = 0; rank < hosts.Count; rank++)
        {
            if (FactorOf(rank) is { } factor && factor > Limit && _reported[rank] != epoch)
            {
                _reported[rank] = epoch;
                report?.Invoke(new SlowRank(rank, factor, seconds));
            }
        }

        Array.Clear(_window);
        _merges = 0;
    }

    // Null for a rank without words, as when its text is at its end, and when no other rank has any.
    private double? FactorOf(int rank)
    {
        double[] others = [.. _window.Where((w, r) => r != rank && w.Words > 0).Select(SecondsPerWord).Order()];
        if (others.Length == 0 || _window[rank].Words == 0)
            return null;
        double median = (others[(others.Length - 1) / 2] + others[others.Length / 2]) / 2;
        return median > 0 ? SecondsPerWord(_window[rank]) / median : null;
    }

    private static double SecondsPerWord(WorkTime work) => work.Seconds / work.Words;
}
