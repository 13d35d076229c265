using System.Text;
using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Words with one vector each, ordered by falling frequency where they come from a trainer: what exports write and evaluation reads.</summary>
/// <remarks>Searches and exports keep the memory until they end; do not dispose it while another thread uses rows of the matrix.</remarks>
/// <param name="words">The words; word i has row i.</param>
/// <param name="matrix">Vectors, <c>[words, dim]</c>; these own it.</param>
public sealed class WordVectors(WordList words, AlignedMatrix matrix) : IDisposable
{
    private WordIndex? _index;
    private bool _disposed;

    /// <summary>The words.</summary>
    public WordList Words { get; } = words;

    /// <summary>The vectors, <c>[words, dim]</c>; valid until these are disposed.</summary>
    /// <exception cref="ObjectDisposedException">These were disposed.</exception>
    public AlignedMatrix Matrix
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return matrix;
        }
    }

    /// <summary>Number of words.</summary>
    public int Count => Words.Count;

    /// <summary>Floats a vector.</summary>
    public int Dim => matrix.Columns;

    /// <summary>The row of a word, by its exact bytes; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word as UTF-8.</param>
    /// <exception cref="ObjectDisposedException">These were disposed.</exception>
    public int IndexOf(ReadOnlySpan<byte> word)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return (_index ??= new WordIndex(Words)).Find(word);
    }

    /// <summary>The row of a word; -1 when it is absent. The first call builds an index.</summary>
    /// <param name="word">The word.</param>
    public int IndexOf(string word) => IndexOf(Encoding.UTF8.GetBytes(word));

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        matrix.Dispose();
    }
}
