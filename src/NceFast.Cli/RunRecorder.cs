using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using NceFast.Corpus;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>Represents the end of a training.</summary>
/// <param name="Devices">Where it ran.</param>
/// <param name="Results">Figures by name.</param>
/// <param name="Effective">Values of options that were known only when the training had begun, by the option's name.</param>
/// <param name="Vocabulary">The words, the most frequent first.</param>
/// <param name="Matrix">Their vectors.</param>
internal sealed record RunOutcome(string Devices, IReadOnlyDictionary<string, RunValue> Results, IReadOnlyDictionary<string, RunValue> Effective, Vocabulary Vocabulary, AlignedMatrix Matrix);

/// <summary>Writes a training into its run folder.</summary>
internal sealed class RunRecorder : IDisposable
{
    private readonly RunFolder _folder;
    private readonly RunLog _log;
    private readonly Screen _screen;
    private RunRecord _record;
    private bool _isWarned;

    private RunRecorder(RunFolder folder, RunRecord record, Screen screen)
    {
        _folder = folder;
        _record = record;
        _screen = screen;
        _folder.Write(record);
        _log = new RunLog(folder, screen.Warn);
    }

    public static RunRecorder Start(string path, bool goesOn, ParseResult parsed, TrainJob job, CorpusSource text, Screen screen) => new(
        RunFolder.Create(path, goesOn),
        new RunRecord
        {
            Version = typeof(RunFolder).Assembly.GetName().Version?.ToString(3) ?? "0",
            Title = RunTitle.Of(job.Options, text),
            Started = goesOn && BeginningOf(path) is { } began ? began : DateTimeOffset.Now,
            Options = [.. Options(parsed, job)],
            Inputs = text.Names,
            Machine =
            [
                new RunFigure("System", RuntimeInformation.OSDescription),
                new RunFigure("Runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}"),
                new RunFigure("Cores", Environment.ProcessorCount),
                new RunFigure("memoryBytes", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            ],
        },
        screen);

    /// <summary>Determines whether a folder contains a run that did not end successfully.</summary>
    public static bool IsUnfinished(string folder)
    {
        try
        {
            return RunFolder.Open(folder).Read().State != RunState.Done;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Input)
        {
            return false;
        }
    }

    // A run that goes on began when its first process did.
    private static DateTimeOffset? BeginningOf(string folder)
    {
        try
        {
            return RunFolder.Open(folder).Read().Started;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Input)
        {
            return null;
        }
    }

    public void Report(in TrainingProgress value)
    {
        if (value.Device is { } device && _record.Devices.Count == 0)
        {
            _record = _record with { Devices = [device] };
            Keep(() => _folder.Write(_record));
        }

        _log.Add(Samples.Of(value));
    }

    public void Message(string level, string text) => _log.Add(Samples.Message(level, text));

    public void Done(RunOutcome outcome, CancellationToken cancellation)
    {
        (long[] ranks, long[] counts) = RankFrequency.Of(outcome.Vocabulary.Counts);
        Keep(() => _folder.WriteWords(outcome.Vocabulary.Words, outcome.Matrix, cancellation));
        _record = _record with { Devices = [outcome.Devices], Results = outcome.Results, Options = [.. _record.Options.Select(o => outcome.Effective.TryGetValue(o.Name, out RunValue used) ? o with { Value = used } : o)], Ranks = ranks, Counts = counts };
        End(RunState.Done, null);
    }

    public void End(RunState state, string? error)
    {
        _record = _record with { State = state, Error = error, Ended = DateTimeOffset.Now };
        Keep(() => _folder.Write(_record));
    }

    public void Dispose() => _log.Dispose();

    // A failure to record a training must not end it.
    private void Keep(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is NceFastException { Kind: ErrorKind.Output } or IOException or UnauthorizedAccessException)
        {
            if (!_isWarned)
                _screen.Warn($"the run folder is not complete: {e.Message}");
            _isWarned = true;
        }
    }

    private static IEnumerable<RunOption> Options(ParseResult parsed, TrainJob job)
    {
        Dictionary<string, RunValue> effective = job.Effective;
        foreach (Option option in parsed.CommandResult.Command.Options.Where(o => o is not HelpOption && ModelArguments.Concerns(o, job.Options)))
        {
            bool given = parsed.GetResult(option) is { Implicit: false };
            RunValue value = effective.TryGetValue(option.Name, out RunValue used) ? used : ValueOf(parsed, option, given);
            if (value.Value is not null)
                yield return new RunOption(option.Name, value, given);
        }
    }

    private static RunValue ValueOf(ParseResult parsed, Option option, bool given) => option switch
    {
        Option<bool> flag => parsed.GetValue(flag),
        Option<int> number => parsed.GetValue(number),
        Option<long> number => parsed.GetValue(number),
        Option<ulong> number => parsed.GetValue(number),
        Option<double> number => parsed.GetValue(number),
        Option<double?> number => parsed.GetValue(number) is { } value ? value : default(RunValue),
        _ when given => string.Join(' ', parsed.GetResult(option)!.Tokens.Select(t => t.Value)),
        _ => (option as IHelped)?.DefaultText is { Length: > 0 } text ? text : default(RunValue),
    };
}
