using System.Text.Json;
using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary>Represents the time of a training in seconds, by part. It includes the time of earlier processes of a resumed training.</summary>
/// <param name="Vocabulary">Counting words.</param>
/// <param name="Training">Training itself.</param>
/// <param name="Validation">Validation; null where the model has none.</param>
/// <param name="Probes">Probes.</param>
/// <param name="Checkpoints">Checkpoints.</param>
/// <param name="Writing">Writing the outputs.</param>
/// <param name="Wall">All parts, by the clock.</param>
internal sealed record TrainTimes(double Vocabulary, double Training, double? Validation, double Probes, double Checkpoints, double Writing, double Wall)
{
    // Creation of the model, loading of a vocabulary or an older model, connection to other processes.
    private double Other => Math.Max(0, Wall - Vocabulary - Training - (Validation ?? 0) - Probes - Checkpoints - Writing);

    /// <summary>Gets the parts by name, the sum last.</summary>
    public IEnumerable<KeyValuePair<string, RunValue>> Figures =>
    [
        new("vocabularySeconds", Vocabulary),
        new("trainingSeconds", Training),
        .. Validation is { } validation ? [new("validationSeconds", validation)] : (KeyValuePair<string, RunValue>[])[],
        new("probeSeconds", Probes),
        new("checkpointSeconds", Checkpoints),
        new("writingSeconds", Writing),
        new("otherSeconds", Other),
        new("wallSeconds", Wall),
    ];

    /// <summary>Gets the line of the summary.</summary>
    public string Line => FormattableString.Invariant(
        $"time, s     vocabulary {Vocabulary:F1}, training {Training:F1}, {(Validation is { } v ? $"validation {v:F1}, " : "")}probes {Probes:F1}, checkpoints {Checkpoints:F1}, writing {Writing:F1}, other {Other:F1}; {Wall:F1} in all");

    public void WriteJson(Utf8JsonWriter json)
    {
        foreach ((string name, RunValue seconds) in Figures)
            json.Figure(name, (double)seconds.Value!);
    }
}
