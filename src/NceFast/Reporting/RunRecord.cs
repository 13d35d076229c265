using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>Specifies the state of a run.</summary>
public enum RunState
{
    /// <summary>The run is in progress, or it was killed.</summary>
    Running,

    /// <summary>The run ended successfully.</summary>
    Done,

    /// <summary>A signal or a cancelled token ended the run.</summary>
    Interrupted,

    /// <summary>An error ended the run.</summary>
    Failed,
}

/// <summary>Represents an option of a run.</summary>
/// <param name="Name">The name of the option on the command line.</param>
/// <param name="Value">The value that was used: the given value or the resolved default.</param>
/// <param name="Given">Whether the user specified the option.</param>
public sealed record RunOption(string Name, RunValue Value, bool Given);

/// <summary>Represents a value with a name.</summary>
/// <param name="Name">The name. A suffix Seconds or Bytes specifies the unit of a number.</param>
/// <param name="Value">The value.</param>
public sealed record RunFigure(string Name, RunValue Value);

/// <summary>Represents the content of <c>run.json</c>: the options, the environment and the results of a run.</summary>
public sealed record RunRecord
{
    /// <summary>Gets the version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Gets a short description of the training, such as "Skip-gram with NCE, 128 dimensions, 11.4 MiB of wiki.txt, 2 epochs".</summary>
    public required string Title { get; init; }

    /// <summary>Gets the time when the run began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Gets the time when the run ended; null while it is in progress.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Gets the state of the run.</summary>
    public RunState State { get; init; }

    /// <summary>Gets the message of the error that ended the run; null without an error.</summary>
    public string? Error { get; init; }

    /// <summary>Gets all options.</summary>
    public IReadOnlyList<RunOption> Options { get; init; } = [];

    /// <summary>Gets the names of the inputs.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Gets properties of the machine: operating system, runtime and cores.</summary>
    public IReadOnlyList<RunFigure> Machine { get; init; } = [];

    /// <summary>Gets the devices of the run.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Gets the results by name, with the same names as in the JSON output of <c>train</c>. A suffix Seconds, Bytes or PerSecond specifies the unit. Losses are in nats.</summary>
    [JsonConverter(typeof(RunResultsConverter))]
    public IReadOnlyDictionary<string, RunValue> Results { get; init; } = new Dictionary<string, RunValue>();

    /// <summary>Gets the ranks of the rank-frequency curve, beginning at 1, in increasing order.</summary>
    public IReadOnlyList<long> Ranks { get; init; } = [];

    /// <summary>Gets the number of occurrences of the words at these ranks.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];
}
