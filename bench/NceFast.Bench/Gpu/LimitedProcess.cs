using System.Diagnostics;

namespace NceFast.Bench.Gpu;

/// <summary>The result of a program that may run for a limited time.</summary>
/// <param name="ExitCode">The exit code; null if the time was over and the program was ended.</param>
/// <param name="Lines">The lines of both output streams.</param>
/// <param name="Seconds">The time that it ran.</param>
internal sealed record LimitedProcess(int? ExitCode, IReadOnlyList<string> Lines, double Seconds)
{
    /// <summary>Runs a program.</summary>
    /// <param name="seconds">The time in seconds after which the program and its children are ended.</param>
    /// <param name="environment">Variables that the program has besides those of this process.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    public static LimitedProcess Run(double seconds, IReadOnlyDictionary<string, string> environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        var lines = new List<string>();
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(Math.Max(1, seconds)));
        if (!ended)
            process.Kill(entireProcessTree: true);
        process.WaitForExit(); // until both streams are read to their ends
        return new LimitedProcess(ended ? process.ExitCode : null, lines, watch.Elapsed.TotalSeconds);

        void Add(string? line)
        {
            lock (lines)
            {
                if (line is not null)
                    lines.Add(line);
            }
        }
    }
}
