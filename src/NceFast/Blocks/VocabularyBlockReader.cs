using CommunityToolkit.HighPerformance.Buffers;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>
/// Reads blocks from the text with a finished vocabulary. If there is a cache to fill, it also writes the blocks there.
/// </summary>
internal sealed unsafe class VocabularyBlockReader : IBlockReader
{
    private readonly TextBlockReader _text;
    private readonly Vocabulary _vocabulary;
    private readonly int _unknown;
    private readonly BlockIndex? _index;
    private readonly ReadingTally _tally;
    private readonly FinishedBlocks? _finished;
    private readonly EpochRest? _rest;
    private readonly Spool? _spool;
    private readonly int _worker;
    private readonly Action<bool> _closed;
    private bool _ended;
    private bool _disposed;

    /// <summary>Starts reading.</summary>
    /// <param name="pass">The pass over the text, which all readers share.</param>
    /// <param name="vocabulary">The vocabulary, which contains the ids.</param>
    /// <param name="unknown">The id for words outside the vocabulary; -1 leaves them out.</param>
    /// <param name="index">
    /// The blocks of the corpus, or null when they are not known. With the index, progress is exact, and a text that has changed is
    /// an error.
    /// </param>
    /// <param name="tally">Counts the words of all readers of the pass.</param>
    /// <param name="finished">Blocks that are read, because the cache needs them, but not returned; may be null.</param>
    /// <param name="rest">The rest of an epoch, if the pass is over one; may be null.</param>
    /// <param name="spool">The cache to fill, or null.</param>
    /// <param name="worker">The index of this reader's file in the cache.</param>
    /// <param name="closed">Called when the reader is disposed, with whether it has read to the end.</param>
    public VocabularyBlockReader(TextPass pass, Vocabulary vocabulary, int unknown, BlockIndex? index, ReadingTally tally, FinishedBlocks? finished, EpochRest? rest, Spool? spool, int worker, Action<bool> closed)
    {
        _text = new TextBlockReader(pass);
        (_vocabulary, _unknown, _index, _tally, _finished, _rest, _spool, _worker, _closed) = (vocabulary, unknown, index, tally, finished, rest, spool, worker, closed);
    }

    public bool TryRead(TokenBlock block)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        do
        {
            if (!TryReadAny(block))
                return false;
        }
        while (_finished is not null && _finished.Contains(block.Number));
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _text.Dispose();
        _closed(_ended);
    }

    private bool TryReadAny(TokenBlock block)
    {
        block.Clear();
        TextBlockInfo info;
        fixed (int* ids = block.IdStorage)
        {
            var sink = new WaitingWords<BlockSink>(_vocabulary.Table, new BlockSink(_vocabulary.Table, block, ids, _unknown));
            if (!_text.TryRead(ref sink, out info))
            {
                _ended = true;
                return false;
            }
        }

        EnsureUnchanged(info);
        block.Number = info.Number;
        block.Words = info.Words;
        int known = block.Count - (_unknown < 0 ? 0 : block.Ids.Count(_unknown));
        block.Progress = Progress(info, _tally.Add(info.Words, known));
        if (_spool is not null)
            Keep(block, _spool);
        return true;
    }

    private void EnsureUnchanged(in TextBlockInfo info)
    {
        if (_index is null || _index.WordsOf(info.Number) == info.Words)
            return;
        throw new NceFastException(ErrorKind.Input, $"{_text.NameOf(info.Number)} has changed since its words were counted; keep corpus files unchanged while they are read.");
    }

    private double Progress(in TextBlockInfo info, long before) =>
        _rest is null ? PartBefore(_index, info, before)
            : _rest.Left is { } left ? _rest.ProgressAt(left.ProgressOf(info.Number))
            : _rest.ProgressAt(info.Number, PartBefore(null, info, before));

    private double PartBefore(BlockIndex? index, in TextBlockInfo info, long before)
    {
        if (index is not null)
            return index.ProgressOf(info.Number);
        if (!double.IsNaN(info.Fraction))
            return info.Fraction;
        return _tally.Progress(before);
    }

    private void Keep(TokenBlock block, Spool spool)
    {
        using SpanOwner<int> owner = SpanOwner<int>.Allocate(block.Count + block.SentenceCount);
        Span<int> codes = owner.Span;
        int start = 0, used = 0;
        foreach (int end in block.SentenceEnds)
        {
            block.Ids[start..end].CopyTo(codes[used..]);
            used += end - start;
            codes[used++] = -1;
            start = end;
        }

        spool.Append(_worker, block.Number, (int)block.Words, codes[..used]);
    }
}
