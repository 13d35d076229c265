using Microsoft.Extensions.Logging;

namespace NceFast.NGrams.Internals;

/// <summary>The messages of counting n-grams.</summary>
internal static partial class NgramLog
{
    [LoggerMessage(EventId = 60, Level = LogLevel.Warning, Message = "The text is too small or too uniform for discounts of order {Order}: its counts of counts give none between 0 and the count. The discounts 0.5, 1 and 1.5 are used; give more text.")]
    public static partial void FallbackDiscounts(ILogger logger, int order);
}
