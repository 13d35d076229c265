using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace NceFast.Tests.Cli;

/// <summary>Runs the built program as a process.</summary>
internal static partial class CliProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>The program, in the folder of the tests.</summary>
    public static string Dll { get; } = Path.Combine(AppContext.BaseDirectory, "NceFast.Cli.dll");

    public static string Dotnet { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static CliResult Run(params string[] args) => RunWithInput(null, args);

    public static CliResult RunWithInput(byte[]? input, params string[] args)
    {
        using Running process = Start(args);
        if (input is not null)
            process.Process.StandardInput.BaseStream.Write(input);
        process.Process.StandardInput.Close();
        return process.Wait();
    }

    /// <summary>Starts the program with its standard input open.</summary>
    public static Running Start(params string[] args) => new([Dotnet, Dll, .. args]);

    public static CliResult Shell(string script)
    {
        using var process = new Running(["bash", "-c", script]);
        process.Process.StandardInput.Close();
        return process.Wait();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    internal sealed class Running : IDisposable
    {
        private readonly StringBuilder _out = new(), _err = new();
        private readonly ManualResetEventSlim _seen = new();
        private volatile string? _awaited;

        public Running(IReadOnlyList<string> command)
        {
            var start = new ProcessStartInfo(command[0], command.Skip(1))
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process = new Process { StartInfo = start };
            Process.OutputDataReceived += (_, e) => Append(_out, e.Data);
            Process.ErrorDataReceived += (_, e) => Append(_err, e.Data);
            Process.Start();
            Process.BeginOutputReadLine();
            Process.BeginErrorReadLine();
        }

        public Process Process { get; }

        /// <summary>Waits for a text on standard error, or for the end if that may come before.</summary>
        public void Await(string text, bool orEnd = false)
        {
            _seen.Reset();
            _awaited = text;
            lock (_err)
            {
                if (_err.ToString().Contains(text, StringComparison.Ordinal))
                    return;
            }

            for (var watch = Stopwatch.StartNew(); watch.Elapsed < Limit && !_seen.IsSet && !Process.HasExited;)
                _seen.Wait(100);
            if (Process.HasExited && !orEnd)
                Process.WaitForExit(); // until all of its output is read
            if (!_seen.IsSet && !orEnd)
                throw new TimeoutException($"'{text}' was not seen in: {_err}");
        }

        public void Signal(int number) => _ = Kill(Process.Id, number);

        public CliResult Wait()
        {
            if (!Process.WaitForExit(Limit))
            {
                Process.Kill(entireProcessTree: true);
                throw new TimeoutException($"The program did not end within {Limit}: {_err}");
            }

            Process.WaitForExit(); // until both streams are read to their ends
            return new CliResult(Process.ExitCode, _out.ToString(), _err.ToString());
        }

        public void Dispose()
        {
            if (!Process.HasExited)
                Process.Kill(entireProcessTree: true);
            Process.Dispose();
            _seen.Dispose();
        }

        private void Append(StringBuilder to, string? line)
        {
            if (line is null)
                return;
            lock (to)
                to.Append(line).Append('\n');
            if (to == _err && _awaited is { } text && line.Contains(text, StringComparison.Ordinal))
                _seen.Set();
        }
    }
}

/// <summary>The result of the program.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Err)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Asserts the exit code; a failure shows the output of the program.</summary>
    public CliResult Expect(int exitCode, string? error = null)
    {
        Xunit.Assert.True(ExitCode == exitCode, $"Exit code {ExitCode} instead of {exitCode}.\n{Err}\n{Out}");
        if (error is not null)
            Xunit.Assert.Contains(error, Err);
        Xunit.Assert.DoesNotContain("   at NceFast", Err);
        return this;
    }
}
