using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>How a training ended.</summary>
/// <param name="Devices">Where it ran.</param>
/// <param name="Results">Figures for people.</param>
/// <param name="Vocabulary">The words by falling frequency.</param>
/// <param name="Matrix">Their vectors.</param>
internal sealed record RunOutcome(string Devices, IReadOnlyList<RunFigure> Results, Vocabulary Vocabulary, AlignedMatrix Matrix);

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

    public static RunRecorder Start(string path, bool goesOn, ParseResult parsed, string title, IReadOnlyList<string> inputs, Screen screen) => new(
        RunFolder.Create(path, goesOn),
        new RunRecord
        {
            Version = typeof(RunFolder).Assembly.GetName().Version?.ToString(3) ?? "0",
            Title = title,
            Started = DateTimeOffset.Now,
            Options = [.. Options(parsed)],
            Inputs = inputs,
            Machine =
            [
                new RunFigure("System", RuntimeInformation.OSDescription),
                new RunFigure("Runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}"),
                new RunFigure("Cores", FormattableString.Invariant($"{Environment.ProcessorCount}")),
                new RunFigure("Memory", FormattableString.Invariant($"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:F1} GiB")),
            ],
        },
        screen);

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
        _record = _record with { Devices = [outcome.Devices], Results = outcome.Results, Ranks = ranks, Counts = counts };
        End(RunState.Done, null);
    }

    public void End(RunState state, string? error)
    {
        _record = _record with { State = state, Error = error, Ended = DateTimeOffset.Now };
        Keep(() => _folder.Write(_record));
    }

    public void Dispose() => _log.Dispose();

    // The folder tells of a training; it must not end one.
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

    private static IEnumerable<RunOption> Options(ParseResult parsed)
    {
        foreach (Option option in parsed.CommandResult.Command.Options.Where(o => o is not HelpOption))
        {
            bool given = parsed.GetResult(option) is { Implicit: false };
            string? value = given ? Given(parsed, option) : (option as IHelped)?.DefaultText;
            if (!string.IsNullOrEmpty(value))
                yield return new RunOption(option.Name, value, given);
        }
    }

    private static string Given(ParseResult parsed, Option option)
    {
        string[] tokens = [.. parsed.GetResult(option)!.Tokens.Select(t => t.Value)];
        return tokens.Length == 0 ? "yes" : string.Join(' ', tokens);
    }
}
