using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>The blocks of a prepared corpus. They are read from the cache when it is complete, otherwise from the text.</summary>
internal sealed class CorpusBlocks(CorpusSource source, Vocabulary vocabulary, BlockIndex? index, Spool? spool, int unknown, ulong? shuffleSeed, CancellationToken cancellation) : IBlockSource
{
    private readonly Lock _lock = new();
    private BlockIndex? _own;
    private TextPass? _pass;
    private int _open;
    private bool _allEnded, _wasRead, _disposed;

    public long Words => Index?.Words ?? -1;

    /// <summary>Gets the number of words of text after which a block ends.</summary>
    public int BlockWords => source.BlockWords;

    /// <summary>Gets the index of the blocks; null while it is not known.</summary>
    public BlockIndex? Index => spool?.Index is { } cached ? Own(cached) : index;

    /// <summary>Gets or sets the blocks that are left out in the pass over their epoch; may be null.</summary>
    public FinishedBlocks? Finished { get; set; }

    /// <summary>Gets the rest of an epoch that another number of processes began; null for none.</summary>
    public EpochRest? Rest { get; init; }

    /// <summary>Gets whether the cache has the blocks of the rest too, because they are shuffled. Otherwise the rest is read from the text.</summary>
    public bool CachesRest { get; init; }

    /// <summary>
    /// Gets the expected number of words in a text of unknown length; 0 to use the number that the vocabulary counted.
    /// </summary>
    public long StreamWords { get; init; }

    /// <summary>Gets the logger for warnings about a given vocabulary; null when the words were counted.</summary>
    public ILogger? Warnings { get; init; }

    /// <summary>Gets the statistics of the first complete reading of the text; null before its end.</summary>
    public CorpusStatistics? Seen { get; private set; }

    public IReadOnlyList<IBlockReader> Open(int epoch, int readers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfLessThan(readers, 1);
        ObjectDisposedException.ThrowIf(_disposed, this);
        FinishedBlocks? finished = Finished?.Epoch == epoch ? Finished : null;
        EpochRest? rest = Rest?.Epoch == epoch ? Rest : null;
        if (spool?.Index is { } cached && (rest is null || CachesRest))
        {
            BlockIndex dealt = rest is null ? Own(cached) : cached.Where(number => rest.Left!.WordsOf(number) >= 0);
            var dealer = new CachedBlockReader.Dealer(dealt, shuffleSeed, epoch, finished, rest);
            return [.. Enumerable.Range(0, readers).Select(_ => new CachedBlockReader(spool, dealer, unknown, cancellation))];
        }

        if (_wasRead && !source.CanReadAgain)
            throw new NceFastException(ErrorKind.Input, "The corpus can be read only once, and no complete first epoch filled a cache; store the text in a file, or allow the cache.");
        return OpenText(rest?.Source ?? source, spool is { IsGivenUp: true } || rest is not null ? null : spool, readers, finished, rest, StreamWords > 0 ? StreamWords : vocabulary.CorpusWords);
    }

    /// <summary>Reads the whole text into the cache, before a pass that needs all blocks or the length of the text.</summary>
    /// <param name="readers">The number of threads.</param>
    /// <param name="progress">Receives the progress a few times per second; may be null.</param>
    public void FillCache(int readers, IProgress<CorpusProgress>? progress = null)
    {
        var gate = new ProgressGate(progress) { Files = source.Items.Count };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<IBlockReader> open = OpenText(CachesRest ? source.With(Rest!.Source) : source, spool, readers, null, null, long.MaxValue);
        try
        {
            Workers.Run(readers, stop, worker =>
            {
                using var block = new TokenBlock();
                while (!stop.IsCancellationRequested && open[worker].TryRead(block))
                    gate.Add(block.Words, double.NaN, block.Number);
            });
        }
        finally
        {
            open.ForEach(reader => reader.Dispose());
        }

        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _disposed = true;
        _pass?.Dispose();
    }

    // Both parts may be in the cache.
    private BlockIndex Own(BlockIndex cached) => CachesRest ? _own ??= cached.Where(source.Owns) : cached;

    private List<IBlockReader> OpenText(CorpusSource from, Spool? fill, int readers, FinishedBlocks? finished, EpochRest? rest, long planned)
    {
        _wasRead = true;
        if (fill is not null && readers > fill.Workers)
            throw new ArgumentOutOfRangeException(nameof(readers), readers, $"The corpus was prepared for {fill.Workers} workers.");
        fill?.Restart();
        from.EnsureUnchanged();
        var pass = new TextPass(from, cancellation, readers, Seen is null ? Warnings : null) { IsDone = SkipBy(fill, finished, rest) };
        var tally = new ReadingTally(planned, Warnings is not null && Seen is null, Warnings);
        lock (_lock)
        {
            _pass?.Dispose();
            _pass = pass;
            _open = readers;
            _allEnded = true;
        }

        BlockIndex? known = rest is not null ? rest.Index : from.Also is not null ? index!.With(Rest!.Index!) : index;
        FinishedBlocks? left = rest?.WithOwn(finished) ?? finished;
        return [.. Enumerable.Range(0, readers).Select(w => new VocabularyBlockReader(pass, vocabulary, unknown, known, tally, left, rest, fill, w, ended => Closed(pass, ended, fill, tally)))];
    }

    // Filling a cache needs the whole text. Without a cache, shards whose blocks are all finished are not read.
    private Func<ulong, ulong, bool>? SkipBy(Spool? fill, FinishedBlocks? finished, EpochRest? rest)
    {
        if (rest is not null)
            return rest.Left is null ? null : (low, high) => rest.IsDone(finished, low, high);
        return finished is not null && index is not null && fill is null ? (low, high) => index.CountBetween(low, high) == finished.CountBetween(low, high) : null;
    }

    private void Closed(TextPass pass, bool ended, Spool? fill, ReadingTally tally)
    {
        lock (_lock)
        {
            if (pass != _pass)
                return;
            _allEnded &= ended;
            if (--_open > 0)
                return;
            if (_allEnded)
            {
                if (pass.IsDone is null) // else shards were left out
                    Seen ??= tally.Finish(CorpusStatistics.From(pass.Counts, pass.Items, pass.Reading.Records));
                fill?.Complete();
            }

            pass.Dispose();
        }
    }
}
