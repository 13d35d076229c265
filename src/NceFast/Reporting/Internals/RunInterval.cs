using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>Represents what a training did between two samples of its log.</summary>
/// <param name="Time">The time at the end of the interval.</param>
/// <param name="Words">The number of words read at the end of the interval.</param>
/// <param name="Seconds">The time since the run began at the end of the interval, seconds.</param>
/// <param name="Loss">The mean loss per prediction in the interval, nats; null without predictions.</param>
/// <param name="LearningRate">The learning rate at the end of the interval.</param>
/// <param name="WordsPerSecond">The number of words read per second in the interval, without pauses.</param>
internal sealed record RunInterval(
    [property: JsonIgnore] DateTimeOffset Time,
    long Words,
    double Seconds,
    double? Loss,
    double? LearningRate,
    double? WordsPerSecond)
{
    /// <summary>Computes intervals from samples, whose losses and speeds are means since the epoch or the training began.</summary>
    /// <param name="progress">The progress samples in increasing order of words.</param>
    /// <param name="max">The maximum number of intervals, apart from those that the end of an epoch cuts short.</param>
    public static List<RunInterval> Of(IReadOnlyList<RunSample> progress, int max)
    {
        var all = new List<RunInterval>();
        int step = Math.Max(1, (progress.Count + max - 1) / max);
        RunSample? from = null;
        for (int i = 0; i < progress.Count; i++)
        {
            RunSample now = progress[i];
            bool isLast = i == progress.Count - 1 || progress[i + 1].Epoch != now.Epoch;
            if (!isLast && (i + 1) % step != 0)
                continue;
            all.Add(Between(from, now));
            from = now;
        }

        return all;
    }

    private static RunInterval Between(RunSample? from, RunSample to) => new(
        to.Time,
        to.Words ?? 0,
        to.Seconds,
        IsContinued(from, to) ? null : LossBetween(from?.Epoch == to.Epoch ? from : null, to),
        to.LearningRate,
        IsContinued(from, to) ? null : SpeedBetween(from, to));

    // Another process counts from its checkpoint, and another number of processes divides the counts again.
    private static bool IsContinued(RunSample? from, RunSample to) => from is not null && from.Process != to.Process;

    private static double? LossBetween(RunSample? from, RunSample to)
    {
        if (to is not { Predictions: { } count, Loss: { } mean } || from is { Predictions: null })
            return to.Loss;
        long before = from?.Predictions ?? 0;
        return count > before ? ((mean * count) - ((from?.Loss ?? 0) * before)) / (count - before) : null;
    }

    // The speed of a sample is a mean since the training began, which gives the time without pauses.
    private static double? SpeedBetween(RunSample? from, RunSample to)
    {
        double seconds = SecondsOf(to) - SecondsOf(from);
        long words = (to.Words ?? 0) - (from?.Words ?? 0);
        return seconds > 0 && words > 0 ? words / seconds : null;
    }

    private static double SecondsOf(RunSample? sample) => sample is { Words: { } words, WordsPerSecond: > 0 and { } speed } ? words / speed : 0;
}
