using System.Runtime.ExceptionServices;

namespace NceFast.Numerics;

/// <summary>Errors of several threads: callers get the one that says most, never an <see cref="AggregateException"/>.</summary>
internal static class Failures
{
    /// <summary>Runs parallel work; of its errors, the one that says most is thrown.</summary>
    /// <param name="work">Work that throws an <see cref="AggregateException"/> when its parts fail.</param>
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

    /// <summary>Keeps the more telling one of an earlier error and a new one; safe to call from several threads.</summary>
    /// <param name="kept">The error kept so far; null for none.</param>
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
