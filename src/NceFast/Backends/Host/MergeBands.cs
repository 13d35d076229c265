using System.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// When a worker merges which of its private rows: the first 1,024 once a period, twice as many every second time, four times
/// as many every fourth, so that each doubling costs no more than the first rows, and rarer rows, which change less, wait longer.
/// </summary>
/// <param name="period">Steps of one worker between two merges of the first rows.</param>
internal sealed class MergeBands(int period)
{
    /// <summary>Rows of every merge.</summary>
    public const int FirstRows = 1024;

    /// <summary>Most rows a worker can keep privately.</summary>
    public const int MostRows = FirstRows << Doublings;

    private const int Doublings = 3;
    private int _since, _merges;

    /// <summary>Rows each worker keeps: the copies of all workers, two a row, take no more room than the table, unless it is small.</summary>
    public static int Rows(int words, int workers) => workers == 1 ? 0 : Math.Min(words, Math.Clamp(words / (2 * workers), FirstRows, MostRows));

    /// <summary>Steps of one worker between two merges of a row.</summary>
    public int PeriodOf(int row) => row < FirstRows ? period : (2 * period) << BitOperations.Log2((uint)row / FirstRows);

    /// <summary>Counts steps.</summary>
    /// <returns>How many of the first rows are to be merged now; 0 for none.</returns>
    public int Advance(int steps)
    {
        _since += steps;
        if (_since < period)
            return 0;
        _since = 0;
        _merges = (_merges + 1) % (1 << Doublings);
        return _merges == 0 ? MostRows : FirstRows << BitOperations.TrailingZeroCount(_merges);
    }

    /// <summary>Begins anew, all rows having been merged or dropped.</summary>
    public void Reset() => (_since, _merges) = (0, 0);
}
