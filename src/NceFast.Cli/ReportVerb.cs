using System.CommandLine;
using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary><c>ncefast report RUN...</c>: the page of one or more runs.</summary>
internal sealed class ReportVerb
{
    private readonly Session _session;
    private readonly Argument<string[]> _runs = new("RUN") { Description = "Folders that 'ncefast train --run' created; several are compared on one page", Arity = ArgumentArity.OneOrMore };
    private readonly Opt<string?> _output = Opt.Text("--out", "Output", "FILE", "File for the page; the default is report.html in the folder of a single run");
    private readonly Opt<string?> _vectors = Opt.Text("--vectors", "Output", "VECTORS", "Vectors for the word map of a single run, instead of the 10,000 in the run folder");
    private readonly Opt<string?> _tensorBoard = Opt.Text("--tensorboard", "Output", "FOLDER", "Also write the curves as event files of TensorBoard, in one folder per run below this one");
    private readonly Opt<bool> _quiet = Opt.Quiet();

    private ReportVerb(Session session) => _session = session;

    public static Command Create(Session session)
    {
        var verb = new ReportVerb(session);
        var command = new Command("report", "Write the page of one or more runs: one HTML file that needs no network") { verb._runs, verb._output, verb._vectors, verb._tensorBoard, verb._quiet };
        command.SetAction(verb.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        _session.Screen.Quiet = parsed.GetValue(_quiet);
        RunFolder[] folders = Array.ConvertAll(parsed.GetRequiredValue(_runs), RunFolder.Open);
        string? vectors = parsed.GetValue(_vectors);
        string page = PageOf(parsed, folders, vectors);
        if (parsed.GetValue(_tensorBoard) is { } named && string.IsNullOrWhiteSpace(named))
            throw new NceFastException(ErrorKind.Usage, "--tensorboard names no folder; specify one, or leave the option out.");
        foreach (RunFolder folder in folders)
            folder.AddTo(_session.Files);
        _session.Files.AddVectors("--vectors", vectors);
        _session.Files.AddOutput("--out", page);
        _session.Files.Hold();
        if (vectors is null)
            RunReport.Write(folders, page, _session.Cancellation);
        else
            RunReport.Write(folders[0], page, vectors, _session.Cancellation);
        _session.Screen.Say($"{page}: {new FileInfo(page).Length:N0} bytes.");
        if (parsed.GetValue(_tensorBoard) is { } events)
        {
            foreach (string path in RunReport.WriteEvents(folders, events))
                _session.Screen.Say($"{path}: {new FileInfo(path).Length:N0} bytes.");
        }

        return ExitCode.Done;
    }

    private string PageOf(ParseResult parsed, RunFolder[] folders, string? vectors)
    {
        if (folders.Length > 1 && vectors is not null)
            throw new NceFastException(ErrorKind.Usage, $"--vectors belongs to a single run, and {folders.Length} runs are given; leave it out, or give one run.");
        return parsed.GetValue(_output) ?? (folders is [{ } only] ? only.In("report.html") : throw new NceFastException(ErrorKind.Usage, $"The report of {folders.Length} runs has no folder of its own; specify its file by --out."));
    }
}
