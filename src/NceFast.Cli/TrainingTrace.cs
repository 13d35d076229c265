using System.Diagnostics;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Publishes a training as the span <c>train</c> with a child span per epoch. Without a listener it costs nothing.</summary>
internal sealed class TrainingTrace : IDisposable
{
    /// <summary>The name of the source of the spans.</summary>
    public const string SourceName = "NceFast";

    private static readonly ActivitySource Source = new(SourceName);
    private readonly Activity? _training;

    /// <summary>Begins the span of a training.</summary>
    /// <param name="options">The options of the training.</param>
    /// <param name="rank">The rank of this process.</param>
    public TrainingTrace(TrainingOptions options, int rank)
    {
        (string model, string objective) = ModelArguments.NamesOf(options);
        _training = Source.StartActivity("train");
        _training?.SetTag("model", model).SetTag("objective", objective).SetTag("rank", rank).SetTag("device", options.Device);
    }

    /// <summary>Publishes the span of an epoch that has ended.</summary>
    public void Report(in TrainingProgress progress)
    {
        if (_training is null || progress.Ended is not { } epoch || progress.Probe is not null)
            return;
        using Activity? span = Source.StartActivity("epoch", ActivityKind.Internal, _training.Context, startTime: DateTimeOffset.UtcNow.AddSeconds(-epoch.Seconds));
        span?.SetTag("epoch", epoch.Epoch + 1).SetTag("words", epoch.Words).SetTag("predictions", epoch.Predictions).SetTag("loss", epoch.Loss);
    }

    /// <summary>Adds the devices that the training ran on.</summary>
    public void Done(string device) => _training?.SetTag("device", device).SetStatus(ActivityStatusCode.Ok);

    /// <summary>Adds the error that ended the training.</summary>
    public void Fail(string message) => _training?.SetStatus(ActivityStatusCode.Error, message);

    public void Dispose() => _training?.Dispose();
}
