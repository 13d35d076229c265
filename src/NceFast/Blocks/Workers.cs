using System.Runtime.ExceptionServices;
using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>Runs one job on several threads; the first failure stops the others, and the one that says most is thrown.</summary>
internal static class Workers
{
    /// <summary>Runs <paramref name="job"/> once for each number below <paramref name="count"/>, and waits.</summary>
    /// <param name="count">Number of threads.</param>
    /// <param name="stop">Cancelled when one job fails.</param>
    /// <param name="job">Given its number.</param>
    public static void Run(int count, CancellationTokenSource stop, Action<int> job)
    {
        Exception? failure = null;
        var threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            int number = i;
            threads[i] = new Thread(() => Guard(number)) { IsBackground = true, Name = $"corpus {number}" };
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);

        void Guard(int number)
        {
            try
            {
                job(number);
            }
            catch (Exception e)
            {
                Failures.Keep(ref failure, e);
                stop.Cancel();
            }
        }
    }
}
