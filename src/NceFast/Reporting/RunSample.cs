using System.Text.Json.Serialization;

namespace NceFast.Reporting;

/// <summary>Specifies the kind of a line of <c>metrics.jsonl</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunEvent>))]
public enum RunEvent
{
    /// <summary>The progress of the run, at intervals.</summary>
    Progress,

    /// <summary>An epoch ended.</summary>
    Epoch,

    /// <summary>A probe measured the model.</summary>
    Probe,

    /// <summary>An error, a warning or information.</summary>
    Message,
}

/// <summary>Represents one line of <c>metrics.jsonl</c>. Properties that do not apply are null and are not written.</summary>
public sealed record RunSample
{
    /// <summary>Gets the kind of the line.</summary>
    public required RunEvent Event { get; init; }

    /// <summary>Gets the time of the sample.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets the time since the run began, seconds, from a monotonic clock.</summary>
    public double Seconds { get; init; }

    /// <summary>Gets the number of the process that wrote the sample, from 0, where a run was continued.</summary>
    [JsonIgnore]
    internal int Process { get; init; }

    /// <summary>Gets the phase of the run: "vocabulary" or "training".</summary>
    public string? Phase { get; init; }

    /// <summary>Gets the number of the epoch, beginning at 1.</summary>
    public int? Epoch { get; init; }

    /// <summary>Gets the fraction of the phase that is done, 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>Gets the number of words read in this phase so far.</summary>
    public long? Words { get; init; }

    /// <summary>Gets the number of words read per second.</summary>
    public double? WordsPerSecond { get; init; }

    /// <summary>Gets the number of the furthest file that is being read, from 1.</summary>
    public int? File { get; init; }

    /// <summary>Gets the number of files of the text.</summary>
    public int? Files { get; init; }

    /// <summary>Gets the number of predictions in the epoch so far.</summary>
    public long? Predictions { get; init; }

    /// <summary>Gets the mean loss per prediction in the epoch so far, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Gets the current learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Gets the values that a probe measured, by name.</summary>
    public IReadOnlyDictionary<string, double>? Figures { get; init; }

    /// <summary>Gets the level of the message: "error", "warning" or "information".</summary>
    public string? Level { get; init; }

    /// <summary>Gets the text of the message.</summary>
    public string? Text { get; init; }

    /// <summary>Gets the exit code of the program that this error ends.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Gets the kind of the error, one word per exit code, such as "usage", "input" or "memory".</summary>
    public string? Kind { get; init; }
}

/// <summary>Represents an evaluation of the model of a run: one line of <c>evaluations.jsonl</c>.</summary>
/// <param name="Time">The time of the evaluation.</param>
/// <param name="Name">The name of the evaluation, such as "similarity".</param>
/// <param name="Source">The name of the table or text.</param>
/// <param name="Figures">The results by name.</param>
public sealed record RunEvaluation(DateTimeOffset Time, string Name, string Source, IReadOnlyDictionary<string, double> Figures);
