using System.Diagnostics;

namespace NceFast.Bench;

/// <summary>Summarises repeated measurements.</summary>
internal static class Measure
{
    /// <summary>
    /// Returns the time in seconds of the fastest of several repetitions. Disturbances only ever increase a time.
    /// </summary>
    public static double Best(int runs, Action action)
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < runs; run++)
        {
            var watch = Stopwatch.StartNew();
            action();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return best;
    }

    /// <summary>Returns the mean time in seconds of several repetitions, after one that is not counted.</summary>
    public static double Mean(int runs, Action action)
    {
        action();
        var watch = Stopwatch.StartNew();
        for (int run = 0; run < runs; run++)
            action();
        return watch.Elapsed.TotalSeconds / runs;
    }
}
