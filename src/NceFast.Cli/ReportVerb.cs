using System.CommandLine;
using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary><c>ncefast report RUN</c>: the page of a run.</summary>
internal static class ReportVerb
{
    public static Command Create(Session session)
    {
        var run = new Argument<string>("RUN") { Description = "Folder that 'ncefast train --run' created" };
        Opt<string?> output = Opt.Text("--out", "Output", "FILE", "File for the page; the default is report.html in the folder");
        Opt<string?> vectors = Opt.Text("--vectors", "Output", "VECTORS", "Vectors for the word map, instead of the 10,000 in the run folder");
        Opt<bool> quiet = Opt.Quiet();
        var command = new Command("report", "Write the page of a run: one HTML file that needs no network") { run, output, vectors, quiet };
        command.SetAction(parsed =>
        {
            session.Screen.Quiet = parsed.GetValue(quiet);
            RunFolder folder = RunFolder.Open(parsed.GetRequiredValue(run));
            string page = parsed.GetValue(output) ?? folder.In("report.html");
            folder.AddTo(session.Files);
            session.Files.AddVectors("--vectors", parsed.GetValue(vectors));
            session.Files.AddOutput("--out", page);
            session.Files.Hold();
            RunReport.Write(folder, page, parsed.GetValue(vectors), session.Cancellation);
            session.Screen.Say($"{page}: {new FileInfo(page).Length:N0} bytes.");
            return ExitCode.Done;
        });
        return command;
    }
}
