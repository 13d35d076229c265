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
/// <param name="Value">Its value as text.</param>
/// <param name="Given">Whether the user gave it; false for a default.</param>
public sealed record RunOption(string Name, string Value, bool Given);

/// <summary>A figure with its name, for people.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value with its unit.</param>
public sealed record RunFigure(string Name, string Value);

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

    /// <summary>Figures of the result.</summary>
    public IReadOnlyList<RunFigure> Results { get; init; } = [];

    /// <summary>Ranks of the rank-frequency curve, from 1, growing.</summary>
    public IReadOnlyList<long> Ranks { get; init; } = [];

    /// <summary>Occurrences of the words of these ranks.</summary>
    public IReadOnlyList<long> Counts { get; init; } = [];
}
