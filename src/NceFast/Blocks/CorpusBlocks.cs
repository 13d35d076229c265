using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>The blocks of a prepared corpus. They are read from the cache when it is complete, otherwise from the text.</summary>
internal sealed class CorpusBlocks(CorpusSource source, Vocabulary vocabulary, BlockIndex? index, Spool? spool, int unknown, ulong? shuffleSeed, CancellationToken cancellation) : IBlockSource
{
    private readonly Lock _lock = new();
    private TextPass? _pass;
    private int _open;
    private bool _allEnded, _wasRead, _disposed;

    public long Words => Index?.Words ?? -1;

    /// <summary>Gets the number of words of text after which a block ends.</summary>
    public int BlockWords => source.BlockWords;

    /// <summary>Gets the index of the blocks; null while it is not known.</summary>
    public BlockIndex? Index => spool?.Index ?? index;

    /// <summary>Gets or sets the blocks that are left out in the pass over their epoch; may be null.</summary>
    public FinishedBlocks? Finished { get; set; }

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
        if (spool?.Index is not null)
        {
            var dealer = new CachedBlockReader.Dealer(spool.Index, shuffleSeed, epoch, finished);
            return [.. Enumerable.Range(0, readers).Select(_ => new CachedBlockReader(spool, dealer, unknown, cancellation))];
        }

        if (_wasRead && !source.CanReadAgain)
            throw new NceFastException(ErrorKind.Input, "The corpus can be read only once, and no complete first epoch filled a cache; store the text in a file, or allow the cache.");
        return OpenText(spool is { IsGivenUp: true } ? null : spool, readers, finished, StreamWords > 0 ? StreamWords : vocabulary.CorpusWords);
    }

    /// <summary>Reads the whole text into the cache, before a pass that needs all blocks or the length of the text.</summary>
    /// <param name="readers">The number of threads.</param>
    /// <param name="progress">Receives the progress a few times per second; may be null.</param>
    public void FillCache(int readers, IProgress<CorpusProgress>? progress = null)
    {
        var gate = new ProgressGate(progress) { Files = source.Items.Count };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<IBlockReader> open = OpenText(spool, readers, null, long.MaxValue);
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

    private List<IBlockReader> OpenText(Spool? fill, int readers, FinishedBlocks? finished, long planned)
    {
        _wasRead = true;
        if (fill is not null && readers > fill.Workers)
            throw new ArgumentOutOfRangeException(nameof(readers), readers, $"The corpus was prepared for {fill.Workers} workers.");
        fill?.Restart();
        source.EnsureUnchanged();

        // Filling a cache needs the whole text. Without a cache, shards whose blocks are all finished are not read.
        bool skips = finished is not null && index is not null && fill is null;
        var pass = new TextPass(source, cancellation, readers, Seen is null ? Warnings : null)
        {
            IsDone = skips ? (low, high) => index!.CountBetween(low, high) == finished!.CountBetween(low, high) : null,
        };
        var tally = new ReadingTally(planned, Warnings is not null && Seen is null, Warnings);
        lock (_lock)
        {
            _pass?.Dispose();
            _pass = pass;
            _open = readers;
            _allEnded = true;
        }

        return [.. Enumerable.Range(0, readers).Select(w => new VocabularyBlockReader(pass, vocabulary, unknown, index, tally, finished, fill, w, ended => Closed(pass, ended, fill, tally)))];
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
                Seen ??= tally.Finish(CorpusStatistics.From(pass.Counts, pass.Items, pass.Reading.Records));
                fill?.Complete();
            }

            pass.Dispose();
        }
    }
}
