using NceFast.Merging;

namespace NceFast.Backends.Host;

/// <summary>Represents one worker's views of all tables that have private rows. The clock decides when they are merged.</summary>
/// <param name="clock">The clock, which decides which rows are merged and when.</param>
/// <param name="tables">The views, which this object disposes.</param>
internal sealed class HotTables(MergeClock clock, params HotTable[] tables) : IDisposable
{
    private bool _disposed;

    /// <summary>Counts steps, and merges the rows that are due.</summary>
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

    /// <summary>Copies all shared rows again and drops changes that were not merged.</summary>
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
