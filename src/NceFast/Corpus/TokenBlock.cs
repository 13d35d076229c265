using System.Buffers;

namespace NceFast.Corpus;

/// <summary>
/// Represents a block of the corpus: word ids with the ends of their sentences and a global number. Readers fill blocks, and
/// backends train on them.
/// </summary>
/// <remarks>
/// The ids are those of the vocabulary. Words outside it are left out but counted in <see cref="Words"/>.
/// A reader reuses its block and the memory is pooled, so that reading allocates nothing in a steady state.
/// The spans are valid until the block is filled again, cleared or disposed. Afterwards the memory may hold other data.
/// Use an instance from one thread at a time.
/// </remarks>
public sealed class TokenBlock : IDisposable
{
    /// <summary>
    /// The number of words of text after which a block ends, at the next end of a sentence. Blocks are smaller where replicas must
    /// be merged more often.
    /// </summary>
    public const int TargetWords = 32 * 1024;

    /// <summary>
    /// The largest number of words in a sentence. As in word2vec, a longer sentence is split and no word is lost.
    /// </summary>
    public const int MaxSentenceWords = 1000;

    /// <summary>The largest number of ids in a block.</summary>
    public const int Capacity = TargetWords + MaxSentenceWords;

    private int[] _ids = ArrayPool<int>.Shared.Rent(Capacity);
    private int[] _sentenceEnds = ArrayPool<int>.Shared.Rent(1024);

    /// <summary>
    /// Gets the global number of the block within an epoch. It does not depend on the number of threads, or on whether the block
    /// is read from the text or from the cache. All random numbers for the block are derived from it.
    /// </summary>
    public ulong Number { get; internal set; }

    /// <summary>Gets the number of words of text in the block, including those outside the vocabulary.</summary>
    public long Words { get; internal set; }

    /// <summary>Gets the fraction of the epoch before this block, 0 to 1. The schedule of the learning rate uses it.</summary>
    public double Progress { get; internal set; }

    /// <summary>Gets the number of ids in the block.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the number of sentences in the block. Empty sentences are left out.</summary>
    public int SentenceCount { get; private set; }

    /// <summary>
    /// Gets the ids of all sentences in sequence: <c>[Count]</c>. The span is valid until the block changes or is disposed.
    /// </summary>
    public ReadOnlySpan<int> Ids => Alive(_ids).AsSpan(0, Count);

    /// <summary>
    /// Gets, for each sentence, the index after its last id: <c>[SentenceCount]</c>, ascending. The span is valid until the block
    /// changes or is disposed.
    /// </summary>
    public ReadOnlySpan<int> SentenceEnds => Alive(_sentenceEnds).AsSpan(0, SentenceCount);

    /// <summary>Removes all ids, so that the block can be reused.</summary>
    public void Clear()
    {
        ThrowIfDisposed();
        Reset();
    }

    /// <summary>Appends an id to the current sentence.</summary>
    public void Add(int id)
    {
        if (Count == _ids.Length)
            Grow(ref _ids, Count);
        _ids[Count++] = id;
    }

    /// <summary>Ends the current sentence. An empty sentence is ignored.</summary>
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

    /// <summary>
    /// Gets the array of the ids, for readers that write many ids at once. It has at least <see cref="Capacity"/> elements.
    /// </summary>
    internal int[] IdStorage => Alive(_ids);

    /// <summary>
    /// Sets the number of ids written to <see cref="IdStorage"/> to <paramref name="count"/>, and ends the current sentence.
    /// </summary>
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
