using NceFast.Reporting;
using NceFast.Reporting.Internals;
using Xunit;

namespace NceFast.Tests.Reporting;

/// <summary>Tests that means since the beginning of an epoch become means per interval.</summary>
public sealed class RunIntervalTests
{
    // Each interval of 10 predictions has a loss of its own, and each 100 words take the time of their speed.
    [Fact]
    public void Losses_and_speeds_are_those_of_each_interval()
    {
        double[] losses = [3, 2, 5, 1, 4];
        double[] speeds = [100, 50, 200, 100, 25];
        List<RunInterval> found = RunInterval.Of(Samples(losses, speeds, perEpoch: 3), 100);
        Assert.Equal(losses, found.Select(i => Math.Round(i.Loss!.Value, 9)));
        Assert.Equal(speeds, found.Select(i => Math.Round(i.WordsPerSecond!.Value, 9)));
        Assert.Equal([100L, 200, 300, 400, 500], found.Select(i => i.Words));
    }

    [Fact]
    public void Fewer_intervals_have_means_and_end_with_the_epoch()
    {
        List<RunInterval> found = RunInterval.Of(Samples([3, 1, 5, 1, 4, 2], [100, 100, 100, 100, 50, 50], perEpoch: 3), 3);
        Assert.Equal([2.0, 5, 1, 3], found.Select(i => Math.Round(i.Loss!.Value, 9)));
        Assert.Equal([200L, 300, 400, 600], found.Select(i => i.Words));
        Assert.Equal([100.0, 100, 100, 50], found.Select(i => Math.Round(i.WordsPerSecond!.Value, 9)));
    }

    [Fact]
    public void Samples_without_a_number_of_predictions_keep_their_loss()
    {
        RunSample sample = new() { Event = RunEvent.Progress, Time = DateTimeOffset.UnixEpoch, Words = 5, Loss = 2.5 };
        RunInterval only = Assert.Single(RunInterval.Of([sample], 10));
        Assert.Equal((2.5, null), (only.Loss!.Value, only.WordsPerSecond));
        Assert.Empty(RunInterval.Of([], 10));
    }

    [Fact]
    public void Time_goes_on_where_a_training_continues_in_another_process()
    {
        RunSample At(double seconds) => new() { Event = RunEvent.Progress, Time = DateTimeOffset.UnixEpoch, Seconds = seconds };
        Assert.Equal([1.0, 4, 4.5, 6, 6.5], RunReport.WithOneClock([At(1), At(4), At(0.5), At(2), At(0.5)]).Select(s => s.Seconds));
    }

    // The second process has half of the counts of the first one, because its ranks divide them again.
    [Fact]
    public void No_difference_is_taken_between_two_processes()
    {
        RunSample At(double seconds, long words, long predictions, double loss) => new() { Event = RunEvent.Progress, Time = DateTimeOffset.UnixEpoch, Seconds = seconds, Epoch = 1, Words = words, WordsPerSecond = words / seconds, Predictions = predictions, Loss = loss };
        List<RunSample> samples = RunReport.WithOneClock([At(1, 100, 1000, 3), At(2, 200, 2000, 2.9), At(0.5, 210, 1001, 2.8), At(1.5, 310, 2001, 2.7)]);
        Assert.Equal([0, 0, 1, 1], samples.Select(s => s.Process));
        List<RunInterval> found = RunInterval.Of(samples, 100);
        Assert.Null(found[2].Loss);
        Assert.Null(found[2].WordsPerSecond);
        Assert.All((int[])[0, 1, 3], i => Assert.InRange(found[i].Loss!.Value, 2.5, 3));
        Assert.All((int[])[0, 1, 3], i => Assert.NotNull(found[i].WordsPerSecond));
    }

    [Fact]
    public void A_sample_without_a_time_is_left_out()
    {
        RunSample At(double seconds) => new() { Event = RunEvent.Progress, Time = DateTimeOffset.UnixEpoch, Seconds = seconds };
        Assert.Equal([1.0, 4, 4.5], RunReport.WithOneClock([At(1), At(double.NaN), At(4), At(0.5)]).Select(s => s.Seconds));
    }

    private static List<RunSample> Samples(double[] losses, double[] speeds, int perEpoch)
    {
        var samples = new List<RunSample>();
        double sum = 0, seconds = 0;
        for (int i = 0; i < losses.Length; i++)
        {
            int place = i % perEpoch;
            sum = (place == 0 ? 0 : sum) + (10 * losses[i]);
            seconds += 100 / speeds[i];
            samples.Add(new RunSample
            {
                Event = RunEvent.Progress,
                Time = DateTimeOffset.UnixEpoch,
                Epoch = (i / perEpoch) + 1,
                Words = 100 * (i + 1),
                Predictions = 10 * (place + 1),
                Loss = sum / (10 * (place + 1)),
                WordsPerSecond = 100 * (i + 1) / seconds,
            });
        }

        return samples;
    }
}
