using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Sums over rows on all cores. Rows are dealt to strands by their number alone and the strands' sums are added in order,
/// so that the result does not depend on the number of threads.
/// </summary>
internal static class Strands
{
    private const int LeastRows = 2048, MostStrands = 64, MostSums = 1 << 22;

    /// <summary>Runs numbered jobs, several at once.</summary>
    public static void Run(int jobs, int threads, CancellationToken cancellation, Action<int> job)
    {
        if (jobs == 1 || threads == 1)
        {
            for (int i = 0; i < jobs; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                job(i);
            }

            return;
        }

        Failures.Unwrap(() => Parallel.For(0, jobs, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, job));
    }

    /// <summary>Adds to sums for each range of rows, and totals them.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="cancellation">Ends the sum.</param>
    /// <param name="totals">Destination: <c>[sums]</c>.</param>
    /// <param name="add">Given the range and the strand's sums, cleared at first.</param>
    public static void Sum(int rows, int threads, CancellationToken cancellation, Span<double> totals, Action<Range, double[]> add)
    {
        int strands = Math.Clamp(rows / LeastRows, 1, Math.Clamp(MostSums / totals.Length, 4, MostStrands));
        var sums = new double[strands][];
        int width = totals.Length;
        Run(strands, threads, cancellation, strand =>
        {
            sums[strand] = new double[width];
            add((int)((long)rows * strand / strands)..(int)((long)rows * (strand + 1) / strands), sums[strand]);
        });
        totals.Clear();
        foreach (double[] strand in sums)
        {
            for (int i = 0; i < width; i++)
                totals[i] += strand[i];
        }
    }
}
