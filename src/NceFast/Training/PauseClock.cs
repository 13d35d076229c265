using System.Diagnostics;
using NceFast.Distribution;

namespace NceFast.Training;

/// <summary>Specifies why a training pauses.</summary>
internal enum PauseKind
{
    /// <summary>A measurement at an interval or at the end of an epoch.</summary>
    Probe,

    /// <summary>The validation that ends an epoch.</summary>
    Validation,

    /// <summary>A checkpoint.</summary>
    Checkpoint,
}

/// <summary>Represents the seconds of a whole training that were not spent on training itself.</summary>
/// <param name="Probe">Measurements.</param>
/// <param name="Validation">Validation.</param>
/// <param name="Checkpoint">Checkpoints.</param>
internal readonly record struct PauseSeconds(double Probe, double Validation, double Checkpoint)
{
    /// <summary>Gets the sum.</summary>
    public double Sum => Probe + Validation + Checkpoint;
}

/// <summary>Measures the pauses of a training by their reason, and stops the watches of the training meanwhile.</summary>
/// <param name="training">Watches that measure the training itself.</param>
/// <param name="before">Pauses of earlier processes.</param>
internal sealed class PauseClock(IReadOnlyList<Stopwatch> training, PauseSeconds before)
{
    /// <summary>Gets the pauses so far.</summary>
    public PauseSeconds Seconds { get; private set; } = before;

    /// <summary>Does work while no worker runs, outside the time of the training.</summary>
    public T Run<T>(PauseKind kind, Func<T> work)
    {
        Stopwatch[] stopped = [.. training.Where(w => w.IsRunning)];
        foreach (Stopwatch watch in stopped)
            watch.Stop();
        long begin = Stopwatch.GetTimestamp(); // after the stop, so that no moment counts twice
        try
        {
            return work();
        }
        finally
        {
            if (stopped.Length > 0) // else this is part of another pause
                Add(kind, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            foreach (Stopwatch watch in stopped)
                watch.Start();
        }
    }

    private void Add(PauseKind kind, double seconds) => Seconds = kind switch
    {
        PauseKind.Probe => Seconds with { Probe = Seconds.Probe + seconds },
        PauseKind.Validation => Seconds with { Validation = Seconds.Validation + seconds },
        _ => Seconds with { Checkpoint = Seconds.Checkpoint + seconds },
    };
}

/// <summary>Represents work outside the time of the training.</summary>
internal sealed class UntimedWork(IPauseWork work, PauseClock clock, PauseKind kind) : IPauseWork
{
    public bool IsDue(in PassState state) => work.IsDue(state);

    public void Run(in PassState state)
    {
        PassState copy = state;
        clock.Run(kind, () => Do(() => work.Run(copy)));
    }

    public void EndEpoch(in PassState state)
    {
        PassState copy = state;
        clock.Run(kind, () => Do(() => work.EndEpoch(copy)));
    }

    private static bool Do(Action action)
    {
        action();
        return true;
    }
}
