using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>Does the same work for each file of a corpus, on several threads, with the error that one thread would give.</summary>
internal static class OrderedWork
{
    // Starting threads takes longer than the work for so few files.
    private const int Few = 64;

    /// <summary>Does work for the indexes from 0, and throws the error of the lowest index.</summary>
    /// <param name="count">The number of indexes.</param>
    /// <param name="work">The work for one index.</param>
    /// <param name="cancellation">Cancels the work.</param>
    public static void Run(int count, Action<int> work, CancellationToken cancellation = default)
    {
        ConcurrentDictionary<long, ExceptionDispatchInfo> errors = [];
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = count < Few ? 1 : -1 };
        ParallelLoopResult result = default;
        Failures.Unwrap(() => result = Parallel.For(0, count, options, Work));
        if (result.LowestBreakIteration is { } first)
            errors[first].Throw();

        void Work(int i, ParallelLoopState loop)
        {
            try
            {
                work(i);
            }
            catch (Exception e)
            {
                errors[i] = ExceptionDispatchInfo.Capture(e);
                loop.Break(); // all lower indexes are still processed
            }
        }
    }
}
