using System.Runtime.ExceptionServices;

namespace NceFast.Vocab;

/// <summary>Runs one job on several threads; the first failure stops the others and is thrown.</summary>
internal static class Workers
{
    /// <summary>Runs <paramref name="job"/> once for each number below <paramref name="count"/>, and waits.</summary>
    /// <param name="count">Number of threads.</param>
    /// <param name="stop">Cancelled when one job fails.</param>
    /// <param name="job">Given its number.</param>
    public static void Run(int count, CancellationTokenSource stop, Action<int> job)
    {
        ExceptionDispatchInfo? failure = null;
        var threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            int number = i;
            threads[i] = new Thread(() => Guard(number)) { IsBackground = true, Name = $"corpus {number}" };
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        failure?.Throw();

        void Guard(int number)
        {
            try
            {
                job(number);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }
    }
}
