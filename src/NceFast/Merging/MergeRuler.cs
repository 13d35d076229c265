using System.Numerics;

namespace NceFast.Merging;

/// <summary>
/// Determines which rows are merged when. Rows are numbered from the most frequent one. Merge s takes the first
/// min(first * 2^ctz(s), rows) of them: the most frequent at every merge, the next as many at every second one, and so on,
/// like the marks of a ruler. Every band of rows then costs as much as the first one, or less.
/// </summary>
internal sealed class MergeRuler
{
    private readonly long _first;

    /// <summary>Creates the ruler.</summary>
    /// <param name="first">Rows of every merge, at least 1.</param>
    /// <param name="rows">All rows.</param>
    public MergeRuler(long first, long rows)
    {
        (_first, Rows) = (first, rows);
        while (End(Bands - 1) < rows)
            Bands++;
    }

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of bands, at least 1: the rows of a band are merged together.</summary>
    public int Bands { get; } = 1;

    /// <summary>The number of bands that a merge takes, from the first one on.</summary>
    /// <param name="merge">Number of the merge, from 1.</param>
    public int BandsOf(long merge) => Math.Min(Bands, BitOperations.TrailingZeroCount(merge) + 1);

    /// <summary>The number of rows that a merge takes, from the first one on.</summary>
    /// <param name="merge">Number of the merge, from 1.</param>
    public long RowsOf(long merge) => End(BandsOf(merge) - 1);

    /// <summary>The rows of a band: from the first to before the last.</summary>
    public (long From, long To) Band(int band) => (band == 0 ? 0 : End(band - 1), End(band));

    /// <summary>Merges from one that takes a row to the next one that does.</summary>
    public long MergesOf(long row) => row < _first ? 1 : 2L << BitOperations.Log2((ulong)(row / _first));

    private long End(int band) => Math.Min(Rows, _first << band);
}
