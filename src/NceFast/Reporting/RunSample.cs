using System.Text.Json.Serialization;

namespace NceFast.Reporting;

/// <summary>What a line of <c>metrics.jsonl</c> tells.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunEvent>))]
public enum RunEvent
{
    /// <summary>How far the run is, at intervals.</summary>
    Progress,

    /// <summary>An epoch ended.</summary>
    Epoch,

    /// <summary>A probe measured the model.</summary>
    Probe,

    /// <summary>A warning or information.</summary>
    Message,
}

/// <summary>A moment of a run: one line of <c>metrics.jsonl</c>. What does not apply is left out.</summary>
public sealed record RunSample
{
    /// <summary>What it tells.</summary>
    public required RunEvent Event { get; init; }

    /// <summary>When, by the clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Seconds since the run began, by a clock that never goes back.</summary>
    public double Seconds { get; init; }

    /// <summary>"vocabulary" or "training".</summary>
    public string? Phase { get; init; }

    /// <summary>Epoch, from 1.</summary>
    public int? Epoch { get; init; }

    /// <summary>Part of the phase done, 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>Words of text in this phase so far.</summary>
    public long? Words { get; init; }

    /// <summary>Words of text a second.</summary>
    public double? WordsPerSecond { get; init; }

    /// <summary>Predictions of the epoch.</summary>
    public long? Predictions { get; init; }

    /// <summary>Mean loss a prediction in this epoch so far, nats.</summary>
    public double? Loss { get; init; }

    /// <summary>Learning rate now.</summary>
    public double? LearningRate { get; init; }

    /// <summary>What a probe measured, by name.</summary>
    public IReadOnlyDictionary<string, double>? Figures { get; init; }

    /// <summary>"error", "warning" or "information".</summary>
    public string? Level { get; init; }

    /// <summary>A message.</summary>
    public string? Text { get; init; }

    /// <summary>Exit code of the program that this error ends.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Kind of the error, a word for each exit code: "usage", "input", "memory".</summary>
    public string? Kind { get; init; }
}

/// <summary>An evaluation of a run's model: one line of <c>evaluations.jsonl</c>.</summary>
/// <param name="Time">When it was made.</param>
/// <param name="Name">What was evaluated: "similarity".</param>
/// <param name="Source">Name of the table or text.</param>
/// <param name="Figures">The figures by name.</param>
public sealed record RunEvaluation(DateTimeOffset Time, string Name, string Source, IReadOnlyDictionary<string, double> Figures);
