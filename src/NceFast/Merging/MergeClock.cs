namespace NceFast.Merging;

/// <summary>Counts a worker's steps and reports when which of its private rows are to be merged.</summary>
/// <param name="period">Steps of the worker between two merges of the most frequent rows.</param>
internal sealed class MergeClock(int period)
{
    private int _since;
    private long _merges;

    /// <summary>Steps of the worker between two merges of a row.</summary>
    public int PeriodOf(int row) => (int)(period * HotRows.Ruler.MergesOf(row));

    /// <summary>Counts steps.</summary>
    /// <returns>How many of the first rows are to be merged now; 0 for none.</returns>
    public int Advance(int steps)
    {
        _since += steps;
        if (_since < period)
            return 0;
        _since = 0;
        return (int)HotRows.Ruler.RowsOf(++_merges);
    }

    /// <summary>Starts again, after all rows were merged or reloaded.</summary>
    public void Reset() => (_since, _merges) = (0, 0);
}
