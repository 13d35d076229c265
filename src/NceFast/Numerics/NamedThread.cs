namespace NceFast.Numerics;

/// <summary>Starts every thread of this program. A test of the sources ensures that no other type does.</summary>
internal static class NamedThread
{
    /// <summary>Gets the hook of tests, which receives the name before a thread is started.</summary>
    public static AmbientHook<Action<string>> Hook { get; } = new();

    /// <summary>Starts a background thread.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="work">Its work; an exception ends the process.</param>
    /// <exception cref="NceFastException">The system has no memory or no number for another thread (<see cref="ErrorKind.Memory"/>).</exception>
    public static Thread Start(string name, Action work)
    {
        try
        {
            Hook.Value?.Invoke(name);
            var thread = new Thread(() => work()) { IsBackground = true, Name = name };
            thread.Start();
            return thread;
        }
        catch (OutOfMemoryException e)
        {
            throw new NceFastException(ErrorKind.Memory, $"The thread '{name}' cannot be started, because the system has no memory for it or allows no more threads; use fewer threads, or raise the limit (ulimit -u).", e);
        }
    }
}
