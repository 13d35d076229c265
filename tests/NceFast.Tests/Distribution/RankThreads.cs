using NceFast.Distribution;

namespace NceFast.Tests.Distribution;

/// <summary>Runs ranks as threads of the test.</summary>
internal static class RankThreads
{
    /// <summary>Runs a job on each rank; a rank that throws ends the others. Returns what each returned or threw.</summary>
    public static (T? Result, Exception? Error)[] Run<T>(int size, Func<ICommunicator, T> job, double seconds = 60)
    {
        var results = new (T? Result, Exception? Error)[size];
        IReadOnlyList<ICommunicator> ranks = LocalCommunicator.CreateGroup(size, TimeSpan.FromSeconds(seconds));
        Thread[] threads = [.. ranks.Select(rank => new Thread(() =>
        {
            try
            {
                results[rank.Rank].Result = job(rank);
                rank.Complete();
            }
            catch (Exception e)
            {
                results[rank.Rank].Error = e;
            }

            rank.Dispose();
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return results;
    }
}
