using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Progress and messages as lines of a log.</summary>
internal static class Samples
{
    public static RunSample Of(in TrainingProgress p) => new()
    {
        Event = p.Probe is not null ? RunEvent.Probe : p.Ended is not null ? RunEvent.Epoch : RunEvent.Progress,
        Time = DateTimeOffset.UtcNow,
        Seconds = Math.Round(p.Elapsed.TotalSeconds, 3),
        Phase = p.Phase == TrainingPhase.Vocabulary ? "vocabulary" : "training",
        Epoch = p.Phase == TrainingPhase.Training ? p.Epoch + 1 : null,
        Fraction = Finite(p.Fraction),
        Words = p.Words,
        WordsPerSecond = Finite(p.Ended?.WordsPerSecond ?? p.WordsPerSecond),
        File = p.Files > 0 ? p.File : null,
        Files = p.Files > 0 ? p.Files : null,
        Predictions = p.Phase == TrainingPhase.Training ? p.Predictions : null,
        Loss = Finite(p.Ended?.Loss ?? p.Loss),
        LearningRate = p.Phase == TrainingPhase.Training ? Finite(p.LearningRate) : null,
        Figures = p.Probe?.Where(f => double.IsFinite(f.Value)).ToDictionary(f => f.Key, f => f.Value),
    };

    public static RunSample Message(string level, string text) => new() { Event = RunEvent.Message, Time = DateTimeOffset.UtcNow, Level = level, Text = text };

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
