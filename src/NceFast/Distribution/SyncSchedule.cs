using System.Numerics;

namespace NceFast.Distribution;

/// <summary>
/// Which rows are merged when. Merge s takes the first min(K * 2^ctz(s), rows) ranked rows: the most frequent every time,
/// the next as many every second time, and so on (the marks of a ruler). Every band of rows then costs the same, and all
/// of them together a few times the first.
/// </summary>
internal sealed class SyncSchedule
{
    /// <summary>Words between two merges at least; a block of text is no shorter.</summary>
    public const int ShortestPeriod = 4096;

    private const long LongestPeriod = 1_000_000;
    private const int MostRows = 16_384, FewestRows = 1024, PartOfRows = 16;

    /// <summary>Merges of all rows a training should have at least.</summary>
    private const int FullMerges = 20;

    private readonly long _first;

    /// <summary>Makes the schedule of a training.</summary>
    /// <param name="options">Rows and period.</param>
    /// <param name="rows">Ranked rows.</param>
    /// <param name="tokens">Words a replica will be trained on in all.</param>
    public SyncSchedule(SyncOptions options, long rows, long tokens)
    {
        Rows = rows;
        long first = options.Rows > 0 ? options.Rows : Math.Clamp(rows / PartOfRows, FewestRows, MostRows);
        _first = Math.Min(first, Math.Max(1, rows));
        while (Mark(Bands - 1) < rows)
            Bands++;
        Period = options.Period > 0 ? options.Period : Math.Clamp(tokens / FullMerges >> (Bands - 1), ShortestPeriod, LongestPeriod);
    }

    /// <summary>Ranked rows.</summary>
    public long Rows { get; }

    /// <summary>Words a replica is trained on between two merges.</summary>
    public long Period { get; }

    /// <summary>Groups of rows that are merged together.</summary>
    public int Bands { get; private set; } = 1;

    /// <summary>Bands that a merge takes.</summary>
    /// <param name="number">Number of the merge, from 1.</param>
    public int BandsOf(long number) => Math.Min(Bands, BitOperations.TrailingZeroCount(number) + 1);

    /// <summary>Ranks of a band: from the first to before the last.</summary>
    public (long From, long To) Band(int band) => (band == 0 ? 0 : Mark(band - 1), Mark(band));

    private long Mark(int band) => band > 40 ? Rows : Math.Min(Rows, _first << band);
}
