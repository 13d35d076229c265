using NceFast.Bench.Ladder;
using NceFast.Models;

namespace NceFast.Bench.Gpu;

/// <summary>Times the kernels of a device at several dims, rung by rung.</summary>
internal static class LadderStep
{
    private const int MinTokens = 512;

    /// <summary>Adds the table. The block of a rung shrinks, and a rung is skipped, where the time is short.</summary>
    /// <param name="result">The result file.</param>
    /// <param name="device">The name of the device.</param>
    /// <param name="dims">The dims.</param>
    /// <param name="rate">Words per second of the register kernel at dim 128, for the size of the blocks.</param>
    /// <param name="bandwidth">The measured bandwidth of the device's memory, GB/s.</param>
    /// <param name="seconds">The time in seconds.</param>
    public static void Run(ResultFile result, string device, int[] dims, double rate, double bandwidth, double seconds)
    {
        result.Table("model", "dim", "kernel", "words/s of one worker", "words in the block", "share of memory bandwidth, %");
        double end = Environment.TickCount64 + (1000 * seconds);
        LadderRung[] rungs = [.. dims.SelectMany(dim => LadderRung.Of(device, dim))];
        for (int i = 0; i < rungs.Length; i++)
        {
            LadderRung rung = rungs[i];
            string name = $"| {rung.Spec.Model} | {rung.Spec.Dim} | {rung.Name} |";
            double left = (end - Environment.TickCount64) / 1000, share = left / (rungs.Length - i);
            if (left < 2)
            {
                result.Line($"| {rungs.Length - i} more, from {rung.Spec.Model}, dim {rung.Spec.Dim}, {rung.Name} on: not run, because the time for the ladder was used up | | | | | |");
                break;
            }

            // A compilation and three repetitions must fit, also of a kernel that is ten times slower.
            double slowness = rung.Name == "plain, own noise" ? 10 : rung.Name == "register" ? 1 : 2;
            int tokens = rung.Name == "host" ? LadderRung.MaxTokens : (int)Math.Clamp(rate / slowness * 128 / rung.Spec.Dim * share / 5, MinTokens, LadderRung.MaxTokens);
            if (rung.Name != "host" && 3 * tokens * slowness * rung.Spec.Dim / 128 / rate > left)
            {
                result.Line($"{name} not run: a block of {tokens:N0} words does not fit the time that is left | | |");
                continue;
            }

            try
            {
                RungResult measured = rung.Measure(tokens, Math.Min(1, share / 4), least: 2);
                string part = rung.Name == "register" && rung.Spec.Model == ModelKind.SkipGram ? RowTraffic.Share(rung.Spec.Objective, measured.WordsPerSecond, rung.Spec.Dim, bandwidth) : "";
                result.Line($"{name} {measured.WordsPerSecond:N0} | {tokens:N0} | {part} |");
            }
            catch (NceFastException e)
            {
                result.Line($"{name} failed: {e.Message} | | |");
            }
        }
    }
}
