using Microsoft.Extensions.Logging;

namespace NceFast.Training;

/// <summary>Reports where a training uses other settings than those given, because its steps would not be bounded.</summary>
internal static partial class StepLog
{
    /// <summary>Compares the given settings with those that are used.</summary>
    /// <param name="logger">Receives the messages: a warning about a given setting, an information about a default.</param>
    /// <param name="asked">The learning rate that was given; null for the default.</param>
    /// <param name="usual">The default.</param>
    /// <param name="rate">The learning rate used.</param>
    /// <param name="askedSharing">Predictions or positions that should share a noise set.</param>
    /// <param name="sharing">Those that do.</param>
    public static void Tell(ILogger logger, double? asked, double usual, float rate, int askedSharing, int sharing)
    {
        if (sharing < askedSharing)
            Sharing(logger, sharing, askedSharing);
        if (rate < (float)(asked ?? usual))
            Rate(logger, asked is null ? LogLevel.Information : LogLevel.Warning, rate, asked ?? usual);
    }

    [LoggerMessage(4, LogLevel.Information, "A noise set is shared by {Used} predictions instead of {Asked}. With more, a step of its rows would go beyond the optimum.")]
    private static partial void Sharing(ILogger logger, int used, int asked);

    [LoggerMessage(EventId = 5, Message = "The learning rate begins at {Used:G4} instead of {Asked:G4}. With more, a step of a row would go beyond its optimum.")]
    private static partial void Rate(ILogger logger, LogLevel level, float used, double asked);
}
