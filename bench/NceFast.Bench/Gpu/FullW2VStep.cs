using System.Globalization;
using System.Text.RegularExpressions;
using NceFast.Exports;
using NceFast.Store;

namespace NceFast.Bench.Gpu;

/// <summary>Runs a built FULL-W2V on the same text. Its options are those of word2vec.c.</summary>
internal static partial class FullW2VStep
{
    /// <summary>Runs the program, and adds a row to the table of trainings.</summary>
    /// <param name="result">The result file.</param>
    /// <param name="program">The path of the program.</param>
    /// <param name="more">Further arguments, which the version may need.</param>
    /// <param name="text">The text.</param>
    /// <param name="folder">The folder for its vectors.</param>
    /// <param name="quality">Measures its vectors.</param>
    /// <param name="dim">The number of floats per vector.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="seconds">The time that it may run.</param>
    public static void Run(ResultFile result, string program, string[] more, GpuText text, string folder, VectorQuality quality, int dim, int epochs, double seconds)
    {
        string output = Path.Combine(folder, "full-w2v.bin");
        File.Delete(output);
        string[] arguments =
        [
            "-train", text.Train, "-output", output, "-size", $"{dim}", "-window", "5", "-negative", "5", "-sample", "1e-4", "-min-count", "5", "-iter", $"{epochs}",
            "-alpha", "0.025", "-binary", "1", "-threads", $"{Environment.ProcessorCount}", .. more,
        ];
        LimitedProcess run;
        try
        {
            run = LimitedProcess.Run(seconds, new Dictionary<string, string>(), program, arguments);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            result.Line($"| FULL-W2V, neg | could not be started: {e.Message} |");
            return;
        }

        if (run.ExitCode != 0)
        {
            string why = run.ExitCode is null ? $"was ended by the time budget after {run.Seconds:F0} s" : $"failed with exit code {run.ExitCode}: {run.Lines.LastOrDefault(line => line.Trim().Length > 0)?.Trim()}";
            result.Line($"| FULL-W2V, neg | {why} |");
            return;
        }

        string rate = Reported(run.Lines) is { } own ? $"{own:N0} (its own figure)" : $"{text.Words * epochs / run.Seconds:N0} (whole process)";
        result.Line($"| FULL-W2V, neg | {rate} | | | | | | {string.Join(" | ", Quality(output, quality))} |");
    }

    private static IEnumerable<string> Quality(string output, VectorQuality quality)
    {
        try
        {
            using WordVectors vectors = VectorFile.Read(output);
            return [.. quality.Of(vectors)];
        }
        catch (NceFastException e)
        {
            return [$"not measured: {e.Message}"];
        }
    }

    // The program prints its rate over all epochs at the end.
    private static double? Reported(IReadOnlyList<string> lines) =>
        Rate().Match(string.Join('\n', lines)) is { Success: true } rate ? double.Parse(rate.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"Overall Words Per Second: *([0-9.]+)")]
    private static partial Regex Rate();
}
