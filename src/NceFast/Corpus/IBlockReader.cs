namespace NceFast.Corpus;

/// <summary>
/// Reads token blocks for one worker. It is not thread-safe. The readers of one pass share the blocks; each takes the next one when
/// it is free.
/// </summary>
public interface IBlockReader : IDisposable
{
    /// <summary>Fills <paramref name="block"/> with the next block of this pass.</summary>
    /// <returns>False when the pass has no block left.</returns>
    /// <exception cref="NceFastException">The input is damaged or no longer exists (<see cref="ErrorKind.Input"/>).</exception>
    bool TryRead(TokenBlock block);
}

/// <summary>Represents a corpus that is read in token blocks, once per epoch.</summary>
public interface IBlockSource : IDisposable
{
    /// <summary>
    /// Gets the number of words of text in one pass, including those outside the vocabulary; -1 when it is not known yet.
    /// </summary>
    long Words { get; }

    /// <summary>Starts a pass over the corpus.</summary>
    /// <param name="epoch">The epoch, from 0. A source that can be read only once rejects an epoch above 0.</param>
    /// <param name="readers">The number of readers: one per worker.</param>
    /// <returns>The readers. Together they deliver each block once.</returns>
    IReadOnlyList<IBlockReader> Open(int epoch, int readers);
}
