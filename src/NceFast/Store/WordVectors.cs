using System.Diagnostics.CodeAnalysis;
using System.Numerics.Tensors;
using System.Text;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Represents words with one vector each, which exports write and evaluations read. A trainer puts the most frequent words first.</summary>
/// <remarks>
/// Several threads can use this object at the same time, as long as none of them changes the matrix. Searches and exports keep the memory
/// until they end. Do not dispose this object while another thread uses rows of the matrix.
/// </remarks>
/// <param name="words">The words; word i has row i.</param>
/// <param name="matrix">Vectors, <c>[words, dim]</c>; this object owns them.</param>
public sealed class WordVectors(WordList words, AlignedMatrix matrix) : IDisposable
{
    private const int ShortWordBytes = 256;

    private readonly Lock _building = new();
    private WordIndex? _index;
    private bool _disposed;

    /// <summary>Gets the words.</summary>
    public WordList Words { get; } = words;

    /// <summary>Gets the vectors, <c>[words, dim]</c>, which are valid until this object is disposed.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public AlignedMatrix Matrix
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return matrix;
        }
    }

    /// <summary>Gets the number of words.</summary>
    public int Count => Words.Count;

    /// <summary>Gets the number of floats per vector.</summary>
    public int Dim => matrix.Columns;

    /// <summary>Gets the vector of a word, <c>[dim]</c>: the row itself, valid until this object is disposed.</summary>
    /// <param name="word">The word, spelt as in <see cref="Words"/>.</param>
    /// <exception cref="KeyNotFoundException">The word is unknown. The message suggests similar spellings.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public ReadOnlySpan<float> this[string word] => Matrix.Row(RowOf(word));

    /// <summary>Returns the row of a word by its exact bytes; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word as UTF-8.</param>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public int IndexOf(ReadOnlySpan<byte> word)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return (Volatile.Read(ref _index) ?? BuildIndex()).Find(word);
    }

    /// <summary>Returns the row of a word; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word.</param>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public int IndexOf(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        if (Encoding.UTF8.GetMaxByteCount(word.Length) > ShortWordBytes)
            return IndexOf(Encoding.UTF8.GetBytes(word));
        Span<byte> bytes = stackalloc byte[ShortWordBytes];
        return IndexOf(bytes[..Encoding.UTF8.GetBytes(word, bytes)]);
    }

    /// <summary>Gets the vector of a word if the word is known. A call allocates no memory.</summary>
    /// <param name="word">The word, spelt as in <see cref="Words"/>.</param>
    /// <param name="vector">The vector, <c>[dim]</c>: the row itself, valid until this object is disposed. Empty if the word is unknown.</param>
    /// <returns>Whether the word is known.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public bool TryGetVector(string word, out ReadOnlySpan<float> vector) => TryGetRow(IndexOf(word), out vector);

    /// <summary>Gets the vector of a word if the word is known. A call allocates no memory.</summary>
    /// <param name="word">The word as UTF-8.</param>
    /// <param name="vector">The vector, <c>[dim]</c>: the row itself, valid until this object is disposed. Empty if the word is unknown.</param>
    /// <returns>Whether the word is known.</returns>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public bool TryGetVector(ReadOnlySpan<byte> word, out ReadOnlySpan<float> vector) => TryGetRow(IndexOf(word), out vector);

    /// <summary>Gets the vectors as a tensor, <c>[words, dim]</c>, which is valid until this object is disposed. It is a view, not a copy.</summary>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public unsafe TensorSpan<float> AsTensorSpan()
    {
        AlignedMatrix rows = Matrix; // the stride of a dimension of length 1 must be 0
        return new TensorSpan<float>(rows.Pointer, checked((nint)rows.Rows * rows.Stride), [(nint)rows.Rows, rows.Columns], [rows.Rows == 1 ? 0 : rows.Stride, rows.Columns == 1 ? 0 : 1]);
    }

    /// <summary>Computes the cosine of the vectors of two words, -1 to 1. A vector of zeros has cosine 0 with every vector.</summary>
    /// <param name="a">A word, spelt as in <see cref="Words"/>.</param>
    /// <param name="b">Another word.</param>
    /// <exception cref="KeyNotFoundException">A word is unknown. The message suggests similar spellings.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public float Similarity(string a, string b) => (float)CosineSearch.Cosine(this[a], this[b]);

    /// <summary>
    /// Finds the words whose vectors have the highest cosine with that of a word. The search is exact and uses all cores; it reads every
    /// row once. The class Neighbours finds the neighbours of many words faster than one call per word.
    /// </summary>
    /// <param name="word">The word, spelt as in <see cref="Words"/>. It is not its own neighbour.</param>
    /// <param name="top">The number of neighbours.</param>
    /// <param name="restrict">How many of the first words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours, nearest first. If two are equally near, the one with the lower row is first.</returns>
    /// <exception cref="KeyNotFoundException">The word is unknown. The message suggests similar spellings.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public IReadOnlyList<Neighbour> MostSimilar(string word, int top = 10, int restrict = 0, CancellationToken cancellation = default) =>
        new NeighbourSearch(this, top, restrict, cancellation).OfRows([RowOf(word)])[0];

    /// <summary>Finds the words whose vectors have the highest cosine with a vector.</summary>
    /// <param name="vector">The vector, <c>[dim]</c>, of any length. A vector of zeros has cosine 0 with every vector.</param>
    /// <param name="top">The number of neighbours.</param>
    /// <param name="restrict">How many of the first words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours, nearest first. If two are equally near, the one with the lower row is first.</returns>
    /// <exception cref="ArgumentException">The vector has another number of floats than the vectors.</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public IReadOnlyList<Neighbour> MostSimilar(ReadOnlySpan<float> vector, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (vector.Length != Dim)
            throw new ArgumentException($"The vector has {vector.Length} floats but the vectors have {Dim}; both must be equal.", nameof(vector));
        return new NeighbourSearch(this, top, restrict, cancellation).OfVector(vector);
    }

    /// <summary>
    /// Finds the words that are nearest to a sum of words, such as king - man + woman. Each vector is scaled to unit length before it is
    /// added or subtracted (3CosAdd; Mikolov, Yih and Zweig 2013). The given words are not among the neighbours.
    /// </summary>
    /// <param name="positive">The words to add, spelt as in <see cref="Words"/>. A word that is given twice counts twice.</param>
    /// <param name="negative">The words to subtract; null for none.</param>
    /// <param name="top">The number of neighbours.</param>
    /// <param name="restrict">How many of the first words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours, nearest first. If two are equally near, the one with the lower row is first.</returns>
    /// <exception cref="KeyNotFoundException">A word is unknown. The message suggests similar spellings.</exception>
    /// <exception cref="NceFastException">The sum is zero (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public IReadOnlyList<Neighbour> MostSimilar(
        IReadOnlyList<string> positive, IReadOnlyList<string>? negative = null, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(positive);
        negative ??= [];
        int[] rows = [.. positive.Concat(negative).Select(RowOf)];
        if (!new NeighbourSearch(this, top, restrict, cancellation).TrySum(rows, positive.Count, out IReadOnlyList<Neighbour> found))
            Throw.Usage(Spelling.ZeroSum(positive, negative));
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        matrix.Dispose();
    }

    private bool TryGetRow(int row, out ReadOnlySpan<float> vector)
    {
        vector = row < 0 ? [] : Matrix.Row(row);
        return row >= 0;
    }

    private int RowOf(string word)
    {
        int row = IndexOf(word);
        if (row < 0)
            ThrowUnknown(word);
        return row;
    }

    [DoesNotReturn]
    private void ThrowUnknown(string word) => throw new KeyNotFoundException(Spelling.UnknownWord(this, word));

    private WordIndex BuildIndex()
    {
        lock (_building)
        {
            if (_index is null)
                Volatile.Write(ref _index, new WordIndex(Words));
            return _index;
        }
    }
}
