using NceFast.Distribution;
using Xunit;

namespace NceFast.Tests.Distribution;

public class SyncScheduleTests
{
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
    public void The_number_of_most_frequent_rows_is_a_share_of_all_rows(int rows, int first) => Assert.Equal((0L, (long)first), new SyncSchedule(new SyncOptions(), rows, 1000).Ruler.Band(0));

    [Theory]
    [InlineData(2, 0.9)]
    [InlineData(8, 1.6)]
    [InlineData(64, 2.2)]
    public void The_forecast_equals_that_of_a_ring(int ranks, double seconds) =>
        // 2.4 GB (a million words, two tables of 300 floats) at 25 Gbit/s; the time follows from measured rates.
        Assert.Equal(seconds, SyncForecast.AllReduceSeconds(2.4e9, ranks, 20e-6, 2.8e9), 0.2 * seconds + 0.1);
}
