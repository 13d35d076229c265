using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>
/// Represents a corpus that is ready for training: its vocabulary and its blocks. A counting pass reads the text once. If it is
/// worthwhile, the same pass caches the token ids on disk, so that later epochs do not read the text again.
/// </summary>
/// <remarks>
/// Several threads can read its properties at the same time, and each reader of its blocks belongs to one thread at a time.
/// </remarks>
public sealed class PreparedCorpus : IDisposable
{
    private readonly CorpusBlocks _blocks;
    private readonly Spool? _spool;
    private readonly CorpusStatistics? _counted;
    private bool _disposed;

    private PreparedCorpus(Vocabulary vocabulary, CorpusBlocks blocks, Spool? spool, CorpusStatistics? counted)
    {
        Vocabulary = vocabulary;
        _blocks = blocks;
        _spool = spool;
        _counted = counted;
    }

    /// <summary>Gets the words that have an id.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Gets the text as blocks of ids, which can be read once per epoch.</summary>
    /// <exception cref="ObjectDisposedException">The corpus was disposed.</exception>
    public IBlockSource Blocks
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _blocks;
        }
    }

    /// <summary>Gets whether the token ids are cached on disk, or will be cached by the first epoch.</summary>
    public bool IsCached => _spool is { IsGivenUp: false };

    /// <summary>
    /// Gets the statistics of the first complete reading: the counting pass, or the first epoch when a vocabulary was given. They are
    /// empty before this reading has ended.
    /// </summary>
    public CorpusStatistics Statistics => _counted ?? _blocks.Seen ?? new CorpusStatistics();

    /// <summary>Gets the results of the preparation so far.</summary>
    internal CorpusState State => new(Vocabulary, _blocks.Index, Statistics, IsCached, _blocks.BlockWords);

    /// <summary>Gets or sets the blocks that are left out in the pass over their epoch; may be null.</summary>
    internal FinishedBlocks? Finished { get => _blocks.Finished; set => _blocks.Finished = value; }

    /// <summary>Prepares a text that an earlier process has counted.</summary>
    /// <param name="source">The unchanged text.</param>
    /// <param name="options">The options of the earlier preparation.</param>
    /// <param name="known">The results of the earlier preparation.</param>
    /// <param name="threads">The number of workers, at least 1.</param>
    /// <param name="epochs">The number of epochs that remain.</param>
    /// <param name="logger">Receives warnings and forecasts.</param>
    /// <param name="cancellation">Cancels the reading at the next block.</param>
    internal static PreparedCorpus Restore(CorpusSource source, CorpusOptions options, CorpusState known, int threads, int epochs, ILogger? logger, CancellationToken cancellation)
    {
        source = source.WithBlocks(known.BlockWords);

        // Only a cache can be shuffled. Therefore a training that has read from the cache must continue to do so.
        bool shuffles = options.ShuffleSeed is not null && known.IsCached && known.Blocks is not null && epochs > 0;
        Spool? spool = shuffles
            ? CachePlan.Decide(source, options with { Cache = CacheMode.Always }, threads, Math.Max(2, epochs), logger ?? NullLogger.Instance)
            : CachePlan.Decide(source, options, threads, epochs, logger ?? NullLogger.Instance);
        try
        {
            int unknown = options.SpecialWords == SpecialWordsMode.Closed ? known.Vocabulary.Find(SpecialWords.Unknown) : -1;
            ulong? seed = known.IsCached ? options.ShuffleSeed : null; // a training that began in the order of the text keeps it
            var blocks = new CorpusBlocks(source, known.Vocabulary, known.Blocks, spool, unknown, seed, cancellation)
            {
                StreamWords = options.StreamWords,
                Warnings = options.VocabularyIn is null || known.Statistics.Words > 0 ? null : logger,
            };
            if (shuffles)
                blocks.FillCache(threads);
            return new PreparedCorpus(known.Vocabulary, blocks, spool, known.Statistics.Words > 0 ? known.Statistics : null);
        }
        catch
        {
            spool?.Dispose();
            throw;
        }
    }

    /// <summary>Reads as much of the text as is needed before training.</summary>
    /// <param name="source">The text.</param>
    /// <param name="options">The vocabulary and the cache.</param>
    /// <param name="threads">The number of workers, at least 1. An epoch that fills the cache may not have more readers.</param>
    /// <param name="epochs">The number of epochs; 0 when only the vocabulary is needed.</param>
    /// <param name="progress">Receives the progress of counting a few times per second.</param>
    /// <param name="logger">Receives warnings and forecasts.</param>
    /// <param name="cancellation">Cancels the preparation, and later the reading, at the next block.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Input"/>: the text cannot be read. <see cref="ErrorKind.EmptyVocabulary"/>: the vocabulary would be empty.
    /// <see cref="ErrorKind.Output"/>: the cache cannot be written. <see cref="ErrorKind.Usage"/>: an option is out of range, or
    /// a text that can be read only once is needed twice without a cache.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static PreparedCorpus Prepare(
        CorpusSource source,
        CorpusOptions options,
        int threads,
        int epochs = 1,
        IProgress<CorpusProgress>? progress = null,
        ILogger? logger = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(epochs);
        options.Validate();
        logger ??= NullLogger.Instance;
        // The learning rate needs the length of the text. If it is unknown, an additional pass reads the text first.
        bool readsFirst = options.VocabularyIn is not null && epochs > 0 && source.Bytes < 0 && options.StreamWords == 0 && options.Cache != CacheMode.Never;
        int readings = options.VocabularyIn is null || readsFirst ? epochs + 1 : epochs;
        Spool? spool = CachePlan.Decide(source, options, threads, readings, logger);
        try
        {
            if (options.VocabularyIn is Vocabulary given)
            {
                (given, int stand) = Complete(given, options.SpecialWords, 0, 0);
                var blocks = new CorpusBlocks(source, given, null, spool, stand, options.ShuffleSeed, cancellation) { StreamWords = options.StreamWords, Warnings = logger };
                if (readsFirst && spool is not null)
                    blocks.FillCache(threads, progress);
                return new PreparedCorpus(given, blocks, spool, null);
            }

            using var pass = new CountingPass(threads, options, spool, progress, logger);
            var counts = new CorpusStatistics();
            options.Ranks.Together(() => counts = pass.Run(source, cancellation));
            (Vocabulary vocabulary, BlockIndex index, CorpusStatistics statistics) = pass.Finish(options, counts);
            Log(logger, statistics, vocabulary);
            (vocabulary, int unknown) = Complete(vocabulary, options.SpecialWords, statistics.Sentences, statistics.Words - (vocabulary.TotalWords - (options.VocabularyBase?.TotalWords ?? 0)));
            return new PreparedCorpus(vocabulary, new CorpusBlocks(source, vocabulary, index, spool, unknown, options.ShuffleSeed, cancellation), spool, statistics);
        }
        catch
        {
            spool?.Dispose();
            throw;
        }
    }

    /// <summary>Closes the text and deletes the cache.</summary>
    public void Dispose()
    {
        _disposed = true;
        _blocks.Dispose();
        _spool?.Dispose();
    }

    // The added words get the last ids, so that the maps of the cache remain valid.
    private static (Vocabulary Vocabulary, int Unknown) Complete(Vocabulary vocabulary, SpecialWordsMode mode, long sentences, long outside)
    {
        if (mode == SpecialWordsMode.None)
            return (vocabulary, -1);
        bool closed = mode == SpecialWordsMode.Closed;
        Vocabulary complete = SpecialWords.AddTo(vocabulary, sentences, closed ? outside : -1);
        return (complete, closed ? complete.Find(SpecialWords.Unknown) : -1);
    }

    private static void Log(ILogger logger, CorpusStatistics statistics, Vocabulary vocabulary)
    {
        CorpusLog.Counted(logger, statistics.Words, statistics.Sentences, statistics.DistinctWords, vocabulary.Count);
        if (statistics.InvalidUtf8Words > 0)
            CorpusLog.InvalidUtf8(logger, statistics.InvalidUtf8Words, statistics.InvalidUtf8DistinctWords);
        if (statistics.OverlongWords > 0)
            CorpusLog.Overlong(logger, statistics.OverlongWords, TextScanner.MaxWordBytes, statistics.FirstOverlongWord!);
        if (statistics.NulBytes > 0)
            CorpusLog.Nuls(logger, statistics.NulBytes);
        if (statistics.BadRecords > 0)
            CorpusLog.BadRecords(logger, statistics.BadRecords, statistics.FirstBadRecord!);
    }
}
