using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>How far a run came.</summary>
public enum RunState
{
    /// <summary>At work, or ended without a word: killed.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Done,

    /// <summary>Ended by a signal or a cancelled token.</summary>
    Interrupted,

    /// <summary>Ended by an error.</summary>
    Failed,
}

/// <summary>An option of a run.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Value">The value that was used: what was given, or what a default came to.</param>
/// <param name="Given">Whether the user gave it; false for a default.</param>
public sealed record RunOption(string Name, RunValue Value, bool Given);

/// <summary>A figure with its name.</summary>
/// <param name="Name">What it is; a name that ends in Seconds or Bytes says the unit of a number.</param>
/// <param name="Value">Its value.</param>
public sealed record RunFigure(string Name, RunValue Value);

/// <summary>What a run is: the content of <c>run.json</c>.</summary>
public sealed record RunRecord
{
    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>What is trained: "skipgram, nce".</summary>
    public required string Title { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>How far it came.</summary>
    public RunState State { get; init; }

    /// <summary>The error it ended with.</summary>
    public string? Error { get; init; }

    /// <summary>All options.</summary>
    public IReadOnlyList<RunOption> Options { get; init; } = [];

    /// <summary>Names of the inputs.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Operating system, runtime, cores.</summary>
    public IReadOnlyList<RunFigure> Machine { get; init; } = [];

    /// <summary>The devices it ran on.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Figures of the result by the names that the JSON of <c>train</c> has: names that end in Seconds, Bytes or PerSecond say their unit, losses are nats.</summary>
    [JsonConverter(typeof(RunResultsConverter))]
    public IReadOnlyDictionary<string, RunValue> Results { get; init; } = new Dictionary<string, RunValue>();

    /// <summary>Ranks of the rank-frequency curve, from 1, growing.</summary>
    public IReadOnlyList<long> Ranks { get; init; } = [];

    /// <summary>Occurrences of the words of these ranks.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];
}
