using System.Text;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Represents words with one vector each, which exports write and evaluations read. A trainer puts the most frequent words first.</summary>
/// <remarks>Searches and exports keep the memory until they end. Do not dispose this object while another thread uses rows of the matrix.</remarks>
/// <param name="words">The words; word i has row i.</param>
/// <param name="matrix">Vectors, <c>[words, dim]</c>; this object owns them.</param>
public sealed class WordVectors(WordList words, AlignedMatrix matrix) : IDisposable
{
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

    /// <summary>Returns the row of a word by its exact bytes; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word as UTF-8.</param>
    /// <exception cref="ObjectDisposedException">This object was disposed.</exception>
    public int IndexOf(ReadOnlySpan<byte> word)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return (_index ??= new WordIndex(Words)).Find(word);
    }

    /// <summary>Returns the row of a word; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word.</param>
    public int IndexOf(string word) => IndexOf(Encoding.UTF8.GetBytes(word));

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        matrix.Dispose();
    }
}
