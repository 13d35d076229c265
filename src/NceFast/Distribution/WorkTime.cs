using System.Diagnostics;

namespace NceFast.Distribution;

/// <summary>Represents how long a rank trained, without the time in which its workers stood still.</summary>
/// <param name="Microseconds">The time.</param>
/// <param name="Words">The words of the vocabulary that each of its replicas trained on meanwhile.</param>
internal readonly record struct WorkTime(long Microseconds, long Words)
{
    /// <summary>Gets the time in seconds.</summary>
    public double Seconds => Microseconds * 1e-6;

    public static WorkTime operator +(WorkTime a, WorkTime b) => new(a.Microseconds + b.Microseconds, a.Words + b.Words);
}

/// <summary>Measures how long the workers of this rank train between two merges.</summary>
/// <param name="replicas">Replicas of this rank.</param>
internal sealed class WorkMeter(int replicas)
{
    private long _since, _words;
    private WorkTime _sum;

    /// <summary>Begins to measure, unless it is measuring.</summary>
    /// <param name="words">Words that all replicas of this rank have trained on so far.</param>
    public void Begin(long words)
    {
        if (_since == 0)
            (_since, _words) = (Stopwatch.GetTimestamp(), words);
    }

    /// <summary>Stops to measure, because the workers stand still.</summary>
    /// <param name="words">Words that all replicas of this rank have trained on so far.</param>
    public void Pause(long words)
    {
        if (_since == 0)
            return;
        _sum += new WorkTime((long)Stopwatch.GetElapsedTime(_since).TotalMicroseconds, (words - _words) / replicas);
        _since = 0;
    }

    /// <summary>Returns what was measured since the last call.</summary>
    public WorkTime Take()
    {
        WorkTime taken = _sum;
        _sum = default;
        return taken;
    }
}
