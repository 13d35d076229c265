using NceFast.Merging;

namespace NceFast.Backends.Host;

/// <summary>One worker's views of all tables it keeps rows of, merged together when the clock says so.</summary>
/// <param name="clock">When which rows are merged.</param>
/// <param name="tables">The views; owned.</param>
internal sealed class HotTables(MergeClock clock, params HotTable[] tables) : IDisposable
{
    private bool _disposed;

    /// <summary>Counts steps and merges what is due when enough have come together.</summary>
    public void Advance(int steps)
    {
        int due = clock.Advance(steps);
        if (due > 0)
            Merge(due);
    }

    /// <summary>Merges all rows.</summary>
    public void Merge()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Merge(HotRows.Most);
        clock.Reset();
    }

    /// <summary>Takes all rows anew, dropping changes not merged.</summary>
    public void Reload()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (HotTable table in tables)
            table.Reload();
        clock.Reset();
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (HotTable table in tables)
            table.Dispose();
    }

    private void Merge(int rows)
    {
        foreach (HotTable table in tables)
            table.Merge(rows);
    }
}
