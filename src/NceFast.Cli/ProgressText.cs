using System.Globalization;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Formats parts of the progress as text.</summary>
internal static class ProgressText
{
    /// <summary>Formats all parts on one line.</summary>
    public static string Of(in TrainingProgress p)
    {
        if (p.Probe is not null)
            return $"{Phase(p)}, {Probe(p.Probe)}";
        string line = $"{Phase(p)}{(double.IsFinite(p.Fraction) ? string.Create(CultureInfo.InvariantCulture, $" {p.Fraction,4:P0}") : string.Create(CultureInfo.InvariantCulture, $" {p.Words:N0} words"))}, {Speed(p)}";
        if (p.Phase == TrainingPhase.Training)
            line += string.Create(CultureInfo.InvariantCulture, $", loss {Figure(p.Loss, "F4")}, lr {p.LearningRate:G3}");
        if (File(p) is { } file)
            line += $", {file}";
        return Left(p) is { } left ? $"{line}, {left} left" : line;
    }

    public static string Phase(in TrainingProgress p) => p.Phase == TrainingPhase.Vocabulary ? "vocabulary" : $"epoch {p.Epoch + 1}/{p.Epochs}";

    /// <summary>Gets which of several files is being read; null for one file.</summary>
    public static string? File(in TrainingProgress p) => p.Files > 0 ? string.Create(CultureInfo.InvariantCulture, $"file {p.File:N0} of {p.Files:N0}") : null;

    public static string Speed(in TrainingProgress p) => Units.Speed(p.WordsPerSecond);

    /// <summary>Gets the time left in this phase; null when unknown.</summary>
    public static string? Left(in TrainingProgress p) =>
        p.Fraction is > 0.001 and <= 1 ? TimeSpan.FromSeconds(Math.Round(p.Elapsed.TotalSeconds * (1 - p.Fraction) / p.Fraction)).ToString("c", CultureInfo.InvariantCulture) : null;

    /// <summary>Formats what a probe measured.</summary>
    public static string Probe(IReadOnlyDictionary<string, double> figures) =>
        string.Join(", ", figures.Select(f => string.Create(CultureInfo.InvariantCulture, $"{Name(f.Key)} {Figure(f.Value, "G5")}")));

    /// <summary>Formats a figure, or states that there is none.</summary>
    public static string Figure(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "none";

    private static string Name(string key) => key switch
    {
        "heldOutLoss" => "held-out loss",
        "logZMean" => "log Z mean",
        "logZStd" => "log Z std",
        _ => key,
    };
}
