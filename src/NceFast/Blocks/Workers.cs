using System.Runtime.ExceptionServices;
using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>
/// Runs a job on several threads. The first failure cancels the others, and the most informative exception is thrown.
/// </summary>
internal static class Workers
{
    /// <summary>
    /// Calls <paramref name="job"/> once for each number below <paramref name="count"/> on a thread of its own, and waits.
    /// </summary>
    /// <param name="count">The number of threads.</param>
    /// <param name="stop">Cancelled when a job fails.</param>
    /// <param name="job">The job. It receives the number of its thread.</param>
    public static void Run(int count, CancellationTokenSource stop, Action<int> job)
    {
        Exception? failure = null;
        var threads = new List<Thread>(count);
        try
        {
            for (int i = 0; i < count; i++)
            {
                int number = i;
                threads.Add(NamedThread.Start($"corpus {number}", () => Guard(number)));
            }
        }
        catch (Exception e)
        {
            Fail(e); // the threads that run must end before their readers are disposed
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
                Fail(e);
            }
        }

        void Fail(Exception e)
        {
            Failures.Keep(ref failure, e);
            stop.Cancel();
        }
    }
}
