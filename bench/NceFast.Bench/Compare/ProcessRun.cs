using System.Diagnostics;
using System.Text;

namespace NceFast.Bench.Compare;

/// <summary>One run of a program from start to exit.</summary>
/// <param name="Seconds">Wall time of the whole process.</param>
/// <param name="PeakBytes">Largest resident memory seen, sampled 50 times a second.</param>
/// <param name="Text">What it printed, both streams.</param>
/// <param name="ExitCode">Its exit code.</param>
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
            return 0; // it has ended since the wait
        }
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
            text.AppendLine(line);
    }
}
