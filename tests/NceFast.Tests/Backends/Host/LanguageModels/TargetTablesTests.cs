using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Merging;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Backends.Host.LanguageModels;

/// <summary>Private copies of frequent rows are merged into the shared table when they are due, and not before.</summary>
public sealed unsafe class TargetTablesTests
{
    private const int Hot = HotRows.Most, Tick = 4096;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1023, 1)]
    [InlineData(1024, 2)]
    [InlineData(2047, 2)]
    [InlineData(2048, 4)]
    [InlineData(4096, 8)]
    [InlineData(8191, 8)]
    public void A_row_is_merged_after_its_period(int row, int ticks)
    {
        using var shared = new AlignedMatrix(Hot, 16);
        using TargetView view = View(shared);
        view.Rows.Row(row)[3] = 5;
        for (int t = 1; t < ticks; t++)
            view.Advance(Tick);
        Assert.Equal(0, shared.RowPointer(row)[3]);
        view.Advance(Tick);
        Assert.Equal(5, shared.RowPointer(row)[3]);
        Assert.Equal(ticks * Tick, TargetView.Clock().PeriodOf(row));
    }

    [Fact]
    public void A_merge_of_all_rows_restarts_the_schedule()
    {
        using var shared = new AlignedMatrix(Hot, 16);
        using TargetView view = View(shared);
        view.Advance(Tick);
        view.Rows.Row(8191)[0] = 2;
        view.Merge();
        Assert.Equal(2, shared.RowPointer(8191)[0]);
        view.Rows.Row(1024)[0] = 3;
        view.Advance(Tick);
        Assert.Equal(0, shared.RowPointer(1024)[0]);
    }

    [Fact]
    public void Rows_that_are_reloaded_drop_unmerged_changes()
    {
        using var shared = new AlignedMatrix(Hot, 16);
        using TargetView view = View(shared);
        view.Rows.Row(0)[0] = 2;
        shared.RowPointer(0)[0] = 7;
        view.Reload();
        view.Merge();
        Assert.Equal(7, view.Rows.Row(0)[0]);
        Assert.Equal(7, shared.RowPointer(0)[0]);
    }

    private static TargetView View(AlignedMatrix shared) => new(
        new HotTable(shared.Pointer, shared.Stride, Hot, null, HotTable.CreateLocks(Hot)), None(shared), None(shared), None(shared), _ => { });

    private static HotTable None(AlignedMatrix shared) => new(shared.Pointer, 1, 0, null, []);
}
