using System.Diagnostics;
using System.Text;

namespace NceFast.Bench.Compare;

/// <summary>The result of running a program from start to exit.</summary>
/// <param name="Seconds">The wall time of the whole process.</param>
/// <param name="PeakBytes">The largest resident memory, sampled 50 times per second.</param>
/// <param name="Text">The output of the program, standard output and standard error together.</param>
/// <param name="ExitCode">The exit code.</param>
internal sealed record ProcessRun(double Seconds, long PeakBytes, string Text, int ExitCode)
{
    public static ProcessRun Of(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        var text = new StringBuilder();
        process.OutputDataReceived += (_, e) => Append(text, e.Data);
        process.ErrorDataReceived += (_, e) => Append(text, e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        long peak = 0;
        while (!process.WaitForExit(20))
            peak = Math.Max(peak, Peak(process));

        double seconds = watch.Elapsed.TotalSeconds;
        process.WaitForExit();
        return new ProcessRun(seconds, peak, text.ToString(), process.ExitCode);
    }

    private static long Peak(Process process)
    {
        try
        {
            process.Refresh();
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // the process has ended since the wait
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.AppendLine(line);
    }
}
