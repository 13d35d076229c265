using System.Diagnostics;

namespace NceFast.Bench;

/// <summary>What the benchmarks make of repeated measurements.</summary>
internal static class Measure
{
    /// <summary>Seconds of the fastest of several runs: what disturbs a run only ever adds to it.</summary>
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

    /// <summary>Seconds a run, the mean of several after one that is not counted.</summary>
    public static double Mean(int runs, Action action)
    {
        action();
        var watch = Stopwatch.StartNew();
        for (int run = 0; run < runs; run++)
            action();
        return watch.Elapsed.TotalSeconds / runs;
    }

    /// <summary>The median; of an even number of values, the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
