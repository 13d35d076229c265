using NceFast.Merging;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Counts the predictions that a device trained on, and computes from them how many may be in flight: predictions that are scored
/// before the steps of the others. Early in a training the model changes fast, and steps are soon out of date.
/// </summary>
/// <param name="streams">Streams that run kernels at the same time.</param>
internal sealed class FlightClock(int streams)
{
    private long _predictions;

    /// <summary>Gets or sets the number of predictions so far.</summary>
    public long Predictions
    {
        get => Interlocked.Read(ref _predictions);
        set => Interlocked.Exchange(ref _predictions, value);
    }

    /// <summary>Gets the number of predictions that may be in flight on each stream, at least 1.</summary>
    public int InFlight => (int)Math.Clamp(Predictions / PullLimits.PredictionsInFlight / streams, 1, int.MaxValue);

    /// <summary>Counts predictions.</summary>
    public void Advance(int predictions) => Interlocked.Add(ref _predictions, predictions);
}
