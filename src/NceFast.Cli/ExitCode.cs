using NceFast.Distribution.Mpi;

namespace NceFast.Cli;

/// <summary>The exit codes of the process; src/docs/running.md and --help list the same numbers.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Internal = 1;
    public const int Usage = 2;
    public const int Input = 3;
    public const int EmptyVocabulary = 4;
    public const int Output = 5;
    public const int Memory = 6;
    public const int Device = 7;
    public const int Aborted = MpiCommunicator.AbortedExitCode;
    public const int Ranks = 71;
    public const int Stopped = 75;
    public const int Interrupted = 130;

    /// <summary>Gets the codes with their meaning, for the help.</summary>
    public static IReadOnlyList<(string Code, string Meaning)> Meanings =>
    [
        ("  0", "done"),
        ("  1", "internal error (please report)"),
        ("  2", "wrong usage"),
        ("  3", "an input is missing or damaged"),
        ("  4", "no word, or nothing to measure"),
        ("  5", "an output cannot be written"),
        ("  6", "model or vocabulary exceeds memory"),
        ("  7", "device absent or unfit"),
        (" 70", "another process ended the work"),
        (" 71", "processes do not fit together, do not answer, or fail"),
        (" 75", "stopped by a signal: saved ('ncefast resume' continues), or with others"),
        ("130", "interrupted, nothing saved"),
    ];

    /// <summary>Gets the name of an error for programs that read errors as JSON.</summary>
    public static string NameOf(int code) => code switch
    {
        Usage => "usage",
        Input => "input",
        EmptyVocabulary => "emptyVocabulary",
        Output => "output",
        Memory => "memory",
        Device => "device",
        Ranks => "ranks",
        Stopped => "stopped",
        Interrupted => "interrupted",
        _ => "internal",
    };

    public static int Of(ErrorKind kind) => kind switch
    {
        ErrorKind.Usage => Usage,
        ErrorKind.Input => Input,
        ErrorKind.EmptyVocabulary => EmptyVocabulary,
        ErrorKind.Output => Output,
        ErrorKind.Memory => Memory,
        ErrorKind.Device => Device,
        ErrorKind.Ranks => Ranks,
        _ => Internal,
    };
}
