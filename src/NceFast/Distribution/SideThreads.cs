using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Runs side work on threads of this process, and waits by the clock of the machine.</summary>
internal sealed class SideThreads : ISideWork
{
    private static readonly SideThreads Instance = new();

    /// <summary>Gets how a rank runs its side work.</summary>
    public static ISideWork Of(ICommunicator ranks) => ranks as ISideWork ?? Instance;

    /// <inheritdoc/>
    public Task<T> Start<T>(string name, Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        NamedThread.Start(name, () =>
        {
            try
            {
                result.SetResult(work());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return result.Task;
    }

    /// <inheritdoc/>
    public bool Wait(Task work, TimeSpan longest) => ((IAsyncResult)work).AsyncWaitHandle.WaitOne(longest);
}
