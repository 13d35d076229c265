using NceFast.Merging;

namespace NceFast.Distribution;

/// <summary>Determines how often the replicas of a training are merged, and which rows each merge takes.</summary>
internal sealed class SyncSchedule
{
    /// <summary>The minimum number of words between two merges, which is also the minimum length of a block.</summary>
    public const int ShortestPeriod = 4096;

    private const long LongestPeriod = 1_000_000;
    private const int MostRows = 16_384, FewestRows = 1024, PartOfRows = 16;

    /// <summary>Merges of all rows that a training should have at least.</summary>
    private const int FullMerges = 20;

    /// <summary>Creates the schedule of a training.</summary>
    /// <param name="options">Rows and period.</param>
    /// <param name="rows">Ranked rows.</param>
    /// <param name="tokens">Words that a replica will be trained on in all.</param>
    public SyncSchedule(SyncOptions options, long rows, long tokens)
    {
        long first = options.Rows > 0 ? options.Rows : Math.Clamp(rows / PartOfRows, FewestRows, MostRows);
        Ruler = new MergeRuler(Math.Min(first, Math.Max(1, rows)), rows);
        Period = options.Period > 0 ? options.Period : Math.Clamp(tokens / FullMerges >> (Ruler.Bands - 1), ShortestPeriod, LongestPeriod);
    }

    /// <summary>Gets which rows each merge takes.</summary>
    public MergeRuler Ruler { get; }

    /// <summary>Gets the words that a replica is trained on between two merges.</summary>
    public long Period { get; }
}
