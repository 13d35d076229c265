using System.Runtime.ExceptionServices;

namespace NceFast.Numerics;

/// <summary>Selects one of the errors of several threads: callers receive the most informative one, never an <see cref="AggregateException"/>.</summary>
internal static class Failures
{
    /// <summary>Runs parallel work and throws the most informative one of its errors.</summary>
    /// <param name="work">Work that throws an <see cref="AggregateException"/> if its parts fail.</param>
    public static void Unwrap(Action work)
    {
        try
        {
            work();
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(NceFastException.MostTelling(e));
        }
    }

    /// <summary>Keeps the more informative one of an earlier error and a new one. Thread-safe.</summary>
    /// <param name="kept">The error that is kept so far; null for none.</param>
    /// <param name="error">The new error.</param>
    public static void Keep(ref Exception? kept, Exception error)
    {
        Exception? before = Volatile.Read(ref kept), seen;
        do
        {
            seen = before;
            Exception best = seen is null ? NceFastException.MostTelling(error) : NceFastException.MostTelling(new AggregateException(seen, error));
            before = Interlocked.CompareExchange(ref kept, best, seen);
        }
        while (before != seen);
    }
}
