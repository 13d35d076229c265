using Microsoft.Extensions.Logging;
using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>Decides whether token ids are cached on disk.</summary>
internal static class CachePlan
{
    private const long AutoLimit = 16L << 30;

    // In most languages a word and its separator take about six bytes of text. An id takes four. Gzip compresses text to about a third.
    private const double IdBytesPerTextByte = 4.0 / 6;
    private const double TextBytesPerGzipByte = 3;

    /// <summary>
    /// Creates the cache, or returns null when none is needed. With <see cref="CacheMode.Auto"/>, a cache that cannot be created or
    /// written is given up if the text can be read again.
    /// </summary>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Usage"/>: the text can be read only once and is needed twice, and the cache is off.
    /// <see cref="ErrorKind.Output"/>: a cache that is needed cannot be created.
    /// </exception>
    public static Spool? Decide(CorpusSource source, CorpusOptions options, int workers, int readings, ILogger logger)
    {
        if (readings < 2)
            return null;
        if (options.Cache == CacheMode.Never)
        {
            return source.CanReadAgain ? null : throw new NceFastException(ErrorKind.Usage,
                $"The corpus can be read only once (standard input, a pipe or a stream) but it is needed twice, and {Member.Of(nameof(CacheMode.Never))} is chosen. Allow the cache, store the text in a file, or give a vocabulary and train for one epoch.");
        }

        string folder = options.CacheDirectory ?? Path.GetTempPath();
        string then = options.ShuffleSeed is null ? "" : " Its sentences keep their order, because only the cache can be shuffled.";
        Action<string>? giveUp = options.Cache == CacheMode.Auto && source.CanReadAgain ? why => CorpusLog.CacheGivenUp(logger, why, then) : null;
        try
        {
            return Open(source, options, folder, workers, giveUp, logger);
        }
        catch (Exception e) when (giveUp is not null && IsDiskFailure(e))
        {
            giveUp(e.Message);
            return null;
        }
    }

    private static bool IsDiskFailure(Exception e) => e is NceFastException { Kind: ErrorKind.Output } or IOException or UnauthorizedAccessException;

    private static Spool? Open(CorpusSource source, CorpusOptions options, string folder, int workers, Action<string>? giveUp, ILogger logger)
    {
        if (!Directory.Exists(folder))
            throw new NceFastException(ErrorKind.Output, $"The cache folder {folder} does not exist. Create it, or name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}.");
        long forecast = Forecast(source);
        if (giveUp is not null)
        {
            long free = new DriveInfo(folder).AvailableFreeSpace;
            if (!source.IsSequential && (forecast > AutoLimit || forecast > free / 4))
            {
                CorpusLog.CacheTooLarge(logger, forecast, free, folder);
                return null;
            }

            if (forecast > free)
                throw new NceFastException(ErrorKind.Output, $"The cache of token ids would take about {forecast:N0} bytes, but {folder} has only {free:N0} bytes free. Name another folder with {Member.Of(nameof(CorpusOptions.CacheDirectory))}.");
        }

        if (forecast < 0)
            CorpusLog.CacheOfUnknownSize(logger, folder);
        else
            CorpusLog.CacheForecast(logger, folder, forecast);
        return new Spool(folder, workers, forecast, giveUp, options.CacheLimitBytes);
    }

    /// <summary>Estimates the size of the cache in bytes; -1 when it is unknown.</summary>
    public static long Forecast(CorpusSource source) => source.Bytes < 0 ? -1 : (long)source.Items.Sum(item =>
        item.Length * IdBytesPerTextByte * (item is PlainFile ? 1 : TextBytesPerGzipByte));
}
