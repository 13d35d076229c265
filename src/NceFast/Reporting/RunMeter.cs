using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NceFast.Reporting;

/// <summary>
/// Publishes a training through <see cref="System.Diagnostics.Metrics"/>, meter "NceFast": any listener (dotnet-counters,
/// OpenTelemetry) sees it; without one it costs nothing. All instruments carry the tags <c>model</c> and <c>objective</c>.
/// </summary>
public sealed class RunMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "NceFast";

    private static readonly Meter Meter = new(Name, typeof(RunMeter).Assembly.GetName().Version?.ToString(3));
    private static readonly Counter<long> Words = Meter.CreateCounter<long>("ncefast.words", "{word}", "Words of text trained on.");
    private static readonly Counter<long> Predictions = Meter.CreateCounter<long>("ncefast.predictions", "{prediction}", "Predictions made.");
    private static readonly Counter<long> Epochs = Meter.CreateCounter<long>("ncefast.epochs", "{epoch}", "Epochs that ended.");
    private static readonly Gauge<double> Loss = Meter.CreateGauge<double>("ncefast.loss", "nat", "Mean loss a prediction in the epoch so far.");
    private static readonly Gauge<double> Rate = Meter.CreateGauge<double>("ncefast.learning_rate", null, "Learning rate now.");
    private static readonly Gauge<double> Fraction = Meter.CreateGauge<double>("ncefast.progress", "1", "Part of the training done, 0 to 1.");
    private static readonly Gauge<double> Probes = Meter.CreateGauge<double>("ncefast.probe", null, "What a probe measured; its tag figure tells what.");

    private readonly TagList _tags;
    private long _words, _predictions;

    /// <summary>Begins to publish a training.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="objective">Its objective.</param>
    public RunMeter(string model, string objective) => _tags = new TagList { { "model", model }, { "objective", objective } };

    /// <summary>Publishes where an epoch is.</summary>
    /// <param name="words">Words of the epoch so far.</param>
    /// <param name="predictions">Predictions of the epoch so far.</param>
    /// <param name="loss">Mean loss a prediction, nats.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="fraction">Part of the training done, 0 to 1.</param>
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

    /// <summary>Publishes the end of an epoch; the next one counts from 0.</summary>
    public void EndEpoch()
    {
        Epochs.Add(1, _tags);
        (_words, _predictions) = (0, 0);
    }

    /// <summary>Publishes what a probe measured.</summary>
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
