namespace NceFast.Kernels;

/// <summary>
/// Counts what a device trained on (sets of positions, or predictions), and computes from it how many may be in flight: those that are
/// scored before the steps of the others. Early in a training the model changes fast, and steps are soon out of date.
/// </summary>
/// <param name="trainedPerFlight">Number of items trained on so far per item in flight.</param>
/// <param name="streams">Streams that run kernels at the same time.</param>
internal sealed class FlightClock(int trainedPerFlight, int streams)
{
    private long _trained;

    /// <summary>Gets or sets the number of items so far.</summary>
    public long Trained
    {
        get => Interlocked.Read(ref _trained);
        set => Interlocked.Exchange(ref _trained, value);
    }

    /// <summary>Gets the number of items that may be in flight on each stream, at least 1.</summary>
    public int InFlight => (int)Math.Clamp(Trained / trainedPerFlight / streams, 1, int.MaxValue);

    /// <summary>Counts items.</summary>
    public void Advance(int items) => Interlocked.Add(ref _trained, items);
}
