using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Words with one vector each, ordered by falling frequency where they come from a trainer: what exports write and evaluation reads.</summary>
/// <param name="words">The words; word i has row i.</param>
/// <param name="matrix">Vectors, <c>[words, dim]</c>.</param>
public sealed class WordVectors(WordList words, AlignedMatrix matrix) : IDisposable
{
    /// <summary>The words.</summary>
    public WordList Words { get; } = words;

    /// <summary>The vectors, <c>[words, dim]</c>.</summary>
    public AlignedMatrix Matrix { get; } = matrix;

    /// <summary>Number of words.</summary>
    public int Count => Words.Count;

    /// <summary>Floats a vector.</summary>
    public int Dim => Matrix.Columns;

    /// <inheritdoc/>
    public void Dispose() => Matrix.Dispose();
}
