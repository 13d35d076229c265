using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NceFast.Reporting;

/// <summary>
/// Publishes the progress of a training through the meter "NceFast" of <see cref="System.Diagnostics.Metrics"/>. Any listener,
/// such as dotnet-counters or OpenTelemetry, can receive it. Without a listener it costs nothing. All instruments have the
/// tags <c>model</c> and <c>objective</c>, and <c>rank</c> and <c>device</c> where these are given.
/// </summary>
/// <remarks>Use an instance from one thread at a time.</remarks>
public sealed class RunMeter
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "NceFast";

    private static readonly Meter Meter = new(Name, typeof(RunMeter).Assembly.GetName().Version?.ToString(3));
    private static readonly Counter<long> Words = Meter.CreateCounter<long>("ncefast.words", "{word}", "Words of text trained on.");
    private static readonly Counter<long> Predictions = Meter.CreateCounter<long>("ncefast.predictions", "{prediction}", "Predictions made.");
    private static readonly Counter<long> Epochs = Meter.CreateCounter<long>("ncefast.epochs", "{epoch}", "Epochs that ended.");
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("ncefast.loss", "nat", "Mean loss per prediction in the current epoch.");
    private static readonly Gauge<double> Rate = Meter.CreateGauge<double>("ncefast.learning_rate", null, "Current learning rate.");
    private static readonly Gauge<double> Fraction = Meter.CreateGauge<double>("ncefast.progress", "1", "Fraction of the training that is done, 0 to 1.");
    private static readonly Gauge<double> Probes = Meter.CreateGauge<double>("ncefast.probe", null, "Value that a probe measured; the tag 'figure' has its name.");

    private readonly TagList _tags;
    private long _words, _predictions;

    /// <summary>Starts to publish a training.</summary>
    /// <param name="model">The model that is trained.</param>
    /// <param name="objective">The objective of the training.</param>
    /// <param name="rank">The rank of this process.</param>
    /// <param name="device">The devices that the processes train on; null if unknown.</param>
    public RunMeter(string model, string objective, int rank = 0, string? device = null)
    {
        _tags = new TagList { { "model", model }, { "objective", objective }, { "rank", rank } };
        if (device is not null)
            _tags.Add("device", device);
    }

    /// <summary>Publishes the progress of the current epoch.</summary>
    /// <param name="words">The number of words read in the epoch so far.</param>
    /// <param name="predictions">The number of predictions in the epoch so far.</param>
    /// <param name="loss">The mean loss per prediction, nats.</param>
    /// <param name="rate">The current learning rate.</param>
    /// <param name="fraction">The fraction of the training that is done, 0 to 1.</param>
    public void Record(long words, long predictions, double loss, double rate, double fraction)
    {
        Words.Add(words - _words, _tags);
        Predictions.Add(predictions - _predictions, _tags);
        (_words, _predictions) = (words, predictions);
        if (double.IsFinite(loss))
            Loss.Record(loss, _tags);
        Rate.Record(rate, _tags);
        Fraction.Record(fraction, _tags);
    }

    /// <summary>Publishes the end of an epoch. The counts of the next epoch begin at 0.</summary>
    public void EndEpoch()
    {
        Epochs.Add(1, _tags);
        (_words, _predictions) = (0, 0);
    }

    /// <summary>Publishes the values that a probe measured.</summary>
    public void Record(IReadOnlyDictionary<string, double> figures)
    {
        foreach ((string name, double value) in figures.Where(f => double.IsFinite(f.Value)))
        {
            TagList tags = _tags;
            tags.Add("figure", name);
            Probes.Record(value, tags);
        }
    }
}
