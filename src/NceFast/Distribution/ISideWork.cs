namespace NceFast.Distribution;

/// <summary>
/// Runs work of a rank beside the thread that communicates, and waits for it. A communicator that implements this interface decides
/// itself when each thread runs, and how long a wait is.
/// </summary>
internal interface ISideWork
{
    /// <summary>Starts work on a thread of its own.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="work">The work; the task has its result or its exception.</param>
    Task<T> Start<T>(string name, Func<T> work);

    /// <summary>Waits for work, and returns whether it has ended; it does not throw the exception of the work.</summary>
    /// <param name="work">A task that <see cref="Start"/> returned.</param>
    /// <param name="longest">The longest wait; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    bool Wait(Task work, TimeSpan longest);
}
