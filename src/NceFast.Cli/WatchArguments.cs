using System.CommandLine;
using System.CommandLine.Parsing;
using NceFast.Files;
using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Specifies the form of progress and messages on standard error.</summary>
internal enum LogForm
{
    /// <summary>A live view on a terminal, else lines.</summary>
    Text,

    /// <summary>One JSON object per line.</summary>
    Json,
}

/// <summary>The options of <c>train</c> that make a training visible: run folder, log, probes.</summary>
internal sealed class WatchArguments
{
    private const string Group = "Watching";

    private readonly Opt<string?> _run = Opt.Path("--run", Group, "FOLDER", "Record the training in this folder, for 'ncefast report'", PathUse.Output).Fills<RunFolder>(nameof(RunFolder.Create));
    private const string LogName = "--log";
    private readonly Opt<LogForm> _log = Opt.Choice(LogName, Group, "Format of standard error: a live view or lines of text, or one JSON object per line", LogForm.Text, ("text", LogForm.Text), ("json", LogForm.Json));
    private readonly Opt<string?> _valid = Opt.Path("--valid", Group, "TEXT", "Held-out text, on which loss, perplexity and log Z are measured during training; with --model lbl, the epoch that does best on it is kept", PathUse.Input)
        .Fills<ProbeOptions>(nameof(ProbeOptions.HeldOut));
    private readonly Opt<long> _every = Opt.Number("--probe-every", Group, "Number of words of text between two measurements by --valid and --probe-table, at least 1,000; 0 for the ends of epochs only", 0L)
        .Fills<ProbeOptions>(nameof(ProbeOptions.Every));
    private readonly Opt<string?> _table = Opt.Path("--probe-table", Group, "TABLE", "Word pairs with human scores, on which similarity is measured during training", PathUse.Input)
        .Fills<ProbeOptions>(nameof(ProbeOptions.Similarity));

    public IEnumerable<Option> All => [_valid, _table, _every, _run, _log];

    public string? Run(ParseResult parsed) => parsed.GetValue(_run);

    /// <summary>Adds the files that are read and written.</summary>
    public void AddFiles(FilesInUse files, ParseResult parsed)
    {
        files.AddInput(_valid.Name, parsed.GetValue(_valid));
        files.AddInput(_table.Name, parsed.GetValue(_table));
        files.AddRun(_run.Name, Run(parsed));
    }

    /// <summary>Checks that no file of the run folder will be read as text. A training that saves itself could not continue with such a folder.</summary>
    public void CheckFolders(Session session, IReadOnlyList<string> inputs, ParseResult parsed, string? checkpoints)
    {
        VerbFiles.RefuseIfRead(inputs, "--checkpoint", checkpoints, "checkpoint-00000000.ncf");
        if (checkpoints is not null)
            VerbFiles.RefuseIfRead(inputs, _run.Name, Run(parsed), RunFolder.RecordFile);
        else if (Run(parsed) is { } run)
            VerbFiles.WarnIfRead(session, inputs, _run.Name, Path.Combine(run, RunFolder.RecordFile));
    }

    /// <summary>Adds the space that the run folder needs, for the vectors of its most frequent words.</summary>
    public void AddSpace(SpacePlan space, ParseResult parsed, int words, int dim)
    {
        if (Run(parsed) is { } run)
            space.Add(Path.Combine(run, RunFolder.WordsFile), Math.Min(words, RunFolder.MaxWords) * (16 + (4L * dim)), exact: false);
    }

    public LogForm Log(ParseResult parsed) => parsed.GetValue(_log);

    /// <summary>Gets the form of messages that a command line requests; text if the option is wrong.</summary>
    public static LogForm FormOf(ParseResult parsed) =>
        parsed.GetResult(LogName) is OptionResult { Implicit: false, Tokens: [{ Value: "json" }] } ? LogForm.Json : LogForm.Text;

    /// <summary>Reads what is measured during training.</summary>
    /// <exception cref="NceFastException">An interval without anything to measure.</exception>
    public ProbeOptions Probes(ParseResult parsed)
    {
        var probes = new ProbeOptions { Every = parsed.GetValue(_every), HeldOut = parsed.GetValue(_valid), Similarity = parsed.GetValue(_table) };
        if (probes is { Every: > 0, HeldOut: null, Similarity: null })
            throw new NceFastException(ErrorKind.Usage, "--probe-every has nothing to measure; name a text with --valid or word pairs with --probe-table.");
        foreach (string? file in new[] { probes.HeldOut, probes.Similarity })
        {
            if (file is not null && !File.Exists(file))
                throw new NceFastException(ErrorKind.Input, $"{file} does not exist; it is needed while training.");
        }

        return probes;
    }
}
