using System.Buffers;

namespace NceFast.Corpus;

/// <summary>
/// The unit that flows from readers to backends: a pooled array of word ids with sentence bounds and a global number.
/// Ids are those of the vocabulary; words outside it are left out but counted in <see cref="Words"/>.
/// A block is reused by its reader, so that reading allocates nothing in steady state.
/// Its spans are valid until the block is filled anew, cleared or disposed: the memory then serves others.
/// </summary>
public sealed class TokenBlock : IDisposable
{
    /// <summary>A block ends at the first sentence end after this many words of text, or after fewer where replicas are to be merged more often.</summary>
    public const int TargetWords = 32 * 1024;

    /// <summary>Longest sentence in words of text; a longer one is split, never truncated (word2vec's custom).</summary>
    public const int MaxSentenceWords = 1000;

    /// <summary>Most ids one block can hold.</summary>
    public const int Capacity = TargetWords + MaxSentenceWords;

    private int[] _ids = ArrayPool<int>.Shared.Rent(Capacity);
    private int[] _sentenceEnds = ArrayPool<int>.Shared.Rent(1024);

    /// <summary>
    /// Global number of the block within an epoch: the same however many threads read, and the same from text and from
    /// a cache. It keys every random draw made for the block.
    /// </summary>
    public ulong Number { get; internal set; }

    /// <summary>Words of text the block covers, those outside the vocabulary included.</summary>
    public long Words { get; internal set; }

    /// <summary>Part of the epoch that lies before this block, 0 to 1; the learning-rate schedule reads it.</summary>
    public double Progress { get; internal set; }

    /// <summary>Ids in the block.</summary>
    public int Count { get; private set; }

    /// <summary>Sentences in the block; empty ones are left out.</summary>
    public int SentenceCount { get; private set; }

    /// <summary>The ids, sentence after sentence: <c>[Count]</c>; valid until the block changes or is disposed.</summary>
    public ReadOnlySpan<int> Ids => Alive(_ids).AsSpan(0, Count);

    /// <summary>For each sentence, the index after its last id: <c>[SentenceCount]</c>, rising; valid until the block changes or is disposed.</summary>
    public ReadOnlySpan<int> SentenceEnds => Alive(_sentenceEnds).AsSpan(0, SentenceCount);

    /// <summary>Empties the block for reuse.</summary>
    public void Clear()
    {
        ThrowIfDisposed();
        Reset();
    }

    /// <summary>Appends one id to the open sentence.</summary>
    public void Add(int id)
    {
        if (Count == _ids.Length)
            Grow(ref _ids, Count);
        _ids[Count++] = id;
    }

    /// <summary>Closes the open sentence; nothing happens when it holds no id.</summary>
    public void EndSentence()
    {
        int start = SentenceCount == 0 ? 0 : _sentenceEnds[SentenceCount - 1];
        if (Count == start)
        {
            ThrowIfDisposed();
            return;
        }

        if (SentenceCount == _sentenceEnds.Length)
            Grow(ref _sentenceEnds, SentenceCount);
        _sentenceEnds[SentenceCount++] = Count;
    }

    /// <summary>Storage of the ids, for readers that write many at once: at least <see cref="Capacity"/> long.</summary>
    internal int[] IdStorage => Alive(_ids);

    /// <summary>Declares the first <paramref name="count"/> ids of <see cref="IdStorage"/> written, and closes the open sentence.</summary>
    internal void EndSentenceAt(int count)
    {
        Count = count;
        EndSentence();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ids.Length == 0)
            return;
        ArrayPool<int>.Shared.Return(_ids);
        ArrayPool<int>.Shared.Return(_sentenceEnds);
        _ids = [];
        _sentenceEnds = [];
        Reset();
    }

    private void Reset()
    {
        Count = 0;
        SentenceCount = 0;
        Words = 0;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_ids.Length == 0, this);

    private int[] Alive(int[] array)
    {
        ThrowIfDisposed();
        return array;
    }

    private void Grow(ref int[] array, int used)
    {
        ThrowIfDisposed();
        int[] larger = ArrayPool<int>.Shared.Rent(Math.Max(64, array.Length * 2));
        array.AsSpan(0, used).CopyTo(larger);
        if (array.Length > 0)
            ArrayPool<int>.Shared.Return(array);
        array = larger;
    }
}
