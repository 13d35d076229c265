using NceFast.Merging;
using Xunit;

namespace NceFast.Tests.Merging;

/// <summary>When private rows are merged, and how many a worker may keep.</summary>
public class MergeClockTests
{
    [Fact]
    public void Every_row_is_merged_once_in_its_period()
    {
        const int Period = 100;
        var clock = new MergeClock(Period);
        foreach (int row in new[] { 0, 1023, 1024, 2047, 2048, 4095, 4096, 8191 })
        {
            var due = new List<int>();
            for (int step = 10; step <= 1600; step += 10)
            {
                if (clock.Advance(10) > row)
                    due.Add(step);
            }

            int own = clock.PeriodOf(row);
            Assert.Equal(Enumerable.Range(1, 1600 / own).Select(i => i * own), due);
        }
    }

    [Fact]
    public void Steps_past_a_period_merge_once_and_a_reset_starts_a_new_period()
    {
        var clock = new MergeClock(100);
        Assert.Equal(1024, clock.Advance(350));
        Assert.Equal(0, clock.Advance(99));
        clock.Reset();
        Assert.Equal(0, clock.Advance(99));
        Assert.Equal(1024, clock.Advance(1));
    }

    [Theory]
    [InlineData(100, 2, 100)]
    [InlineData(5_000, 2, 1250)]
    [InlineData(5_000, 8, 1024)]
    [InlineData(1_000_000, 2, 8192)]
    [InlineData(1_000_000, 100, 5000)]
    [InlineData(1_000_000, 1, 0)]
    public void Copies_of_all_workers_use_no_more_memory_than_the_table(int words, int workers, int rows) => Assert.Equal(rows, HotRows.Of(words, workers));
}
