using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>The blocks of a prepared corpus: from the cache when it is complete, else from the text.</summary>
internal sealed class CorpusBlocks(CorpusSource source, Vocabulary vocabulary, BlockIndex? index, Spool? spool, int unknown, ulong? shuffleSeed, CancellationToken cancellation) : IBlockSource
{
    private readonly Lock _lock = new();
    private TextPass? _pass;
    private int _open;
    private bool _allEnded;

    public long Words => (spool?.Index ?? index)?.Words ?? -1;

    /// <summary>What the first complete reading of the text saw; null before its end.</summary>
    public CorpusStatistics? Seen { get; private set; }

    public IReadOnlyList<IBlockReader> Open(int epoch, int readers)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfLessThan(readers, 1);
        if (spool?.Index is not null)
        {
            var dealer = new CachedBlockReader.Dealer(spool.Index, shuffleSeed, epoch);
            return [.. Enumerable.Range(0, readers).Select(_ => new CachedBlockReader(spool, dealer, unknown, cancellation))];
        }

        if (epoch > 0 && !source.CanReadAgain)
            throw new NceFastException(ErrorKind.Input, "The corpus can be read only once and no cache was filled in a complete first epoch; store it in a file, or allow the cache.");
        return OpenText(epoch == 0 ? spool : null, readers);
    }

    public void Dispose() => _pass?.Dispose();

    private List<IBlockReader> OpenText(Spool? fill, int readers)
    {
        if (fill is not null && readers > fill.Workers)
            throw new ArgumentOutOfRangeException(nameof(readers), readers, $"The corpus was prepared for {fill.Workers} workers.");
        fill?.Restart();
        var pass = new TextPass(source, cancellation);
        lock (_lock)
        {
            _pass?.Dispose();
            _pass = pass;
            _open = readers;
            _allEnded = true;
        }

        return [.. Enumerable.Range(0, readers).Select(w => new VocabularyBlockReader(pass, vocabulary, unknown, index, fill, w, ended => Closed(pass, ended, fill)))];
    }

    private void Closed(TextPass pass, bool ended, Spool? fill)
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
                Seen ??= CorpusStatistics.From(pass.Counts, pass.Items);
                fill?.Complete();
            }

            pass.Dispose();
        }
    }
}
