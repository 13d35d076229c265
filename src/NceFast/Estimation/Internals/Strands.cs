using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Computes sums over rows on all cores. The rows are divided into strands by their number alone, and the sums of the strands
/// are added in order. The result therefore does not depend on the number of threads.
/// </summary>
internal static class Strands
{
    private const int LeastRows = 2048, MostStrands = 64, MostSums = 1 << 22;

    /// <summary>Runs numbered jobs in parallel.</summary>
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

    /// <summary>Computes the sums of each strand and adds them up.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="threads">The maximum number of threads.</param>
    /// <param name="cancellation">A token that stops the computation.</param>
    /// <param name="totals">The destination of the totals: <c>[sums]</c>.</param>
    /// <param name="add">Adds a range of rows to the sums of a strand, which are 0 at first.</param>
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
