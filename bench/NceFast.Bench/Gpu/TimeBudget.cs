using System.Diagnostics;

namespace NceFast.Bench.Gpu;

/// <summary>Represents the time that a measurement may take in all, and how steps share it.</summary>
/// <param name="seconds">The time in seconds.</param>
internal sealed class TimeBudget(double seconds)
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Gets the whole time in seconds.</summary>
    public double Seconds => seconds;

    /// <summary>Gets the time in seconds since the start.</summary>
    public double Elapsed => _watch.Elapsed.TotalSeconds;

    /// <summary>Returns the time in seconds that is left until a share of the whole time is used.</summary>
    /// <param name="share">The share of the whole time at which a step must end, 0 to 1.</param>
    public double Until(double share) => Math.Max(0, (seconds * share) - Elapsed);
}
