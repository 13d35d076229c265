using NceFast.Distribution;
using Xunit;

namespace NceFast.Tests.Distribution;

public class SyncScheduleTests
{
    [Fact]
    public void Prefixes_follow_the_marks_of_a_ruler()
    {
        var schedule = new SyncSchedule(new SyncOptions { Rows = 16 }, 100, 1);
        Assert.Equal([16L, 32, 16, 64, 16, 32, 16, 100, 16], Enumerable.Range(1, 9).Select(s => schedule.Band(schedule.BandsOf(s) - 1).To));
        Assert.Equal([(0L, 16L), (16, 32), (32, 64), (64, 100)], Enumerable.Range(0, schedule.Bands).Select(schedule.Band));
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 2)]
    [InlineData(32, 2)]
    [InlineData(33, 3)]
    public void Bands_cover_all_rows(int rows, int bands)
    {
        var schedule = new SyncSchedule(new SyncOptions { Rows = 16 }, rows, 1);
        Assert.Equal((bands, rows), (schedule.Bands, schedule.Band(bands - 1).To));
    }

    [Fact]
    public void The_default_period_merges_all_rows_twenty_times_within_limits()
    {
        Assert.Equal(100_000_000 / 20 / 16, new SyncSchedule(new SyncOptions(), 76_160, 100_000_000).Period);
        Assert.Equal(1_000_000, new SyncSchedule(new SyncOptions(), 76_160, 100_000_000_000).Period);
        Assert.Equal(4096, new SyncSchedule(new SyncOptions(), 76_160, 1000).Period);
        Assert.Equal(5, new SyncSchedule(new SyncOptions { Period = 5 }, 76_160, 1000).Period);
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(5000, 1024)]
    [InlineData(76_160, 4760)]
    [InlineData(2_000_000, 16_384)]
    public void The_number_of_most_frequent_rows_is_a_share_of_all_rows(int rows, int first) => Assert.Equal((0L, (long)first), new SyncSchedule(new SyncOptions(), rows, 1000).Band(0));

    [Fact]
    public void Special_rows_and_unordered_words_are_ranked_by_frequency()
    {
        // Two words of the text, </s> appended, and the row of <s> that no count names.
        Assert.Equal([3, 2, 0, 1], RowRanking.Create([50, 7, 90], new float[4]).Rows);
        Assert.Equal([1, 0, 2], RowRanking.Create([5, 9, 5], new float[3]).Rows);
    }

    [Theory]
    [InlineData(2, 0.9)]
    [InlineData(8, 1.6)]
    [InlineData(64, 2.2)]
    public void The_forecast_equals_that_of_a_ring(int ranks, double seconds) =>
        // 2.4 GB (a million words, two tables of 300 floats) at 25 Gbit/s; the time follows from measured rates.
        Assert.Equal(seconds, SyncForecast.AllReduceSeconds(2.4e9, ranks, 20e-6, 2.8e9), 0.2 * seconds + 0.1);
}
