namespace NceFast.Corpus;

/// <summary>One worker's reader of token blocks; not thread-safe. Readers of one pass share the work by demand.</summary>
public interface IBlockReader : IDisposable
{
    /// <summary>Fills <paramref name="block"/> with the next block of this pass.</summary>
    /// <returns>False when the pass has no block left.</returns>
    /// <exception cref="NceFastException">The input is damaged or vanished (<see cref="ErrorKind.Input"/>).</exception>
    bool TryRead(TokenBlock block);
}

/// <summary>A corpus in token blocks that can be read once an epoch.</summary>
public interface IBlockSource : IDisposable
{
    /// <summary>Words of text in one pass, those outside the vocabulary included; -1 when not known before reading.</summary>
    long Words { get; }

    /// <summary>Starts a pass over the corpus.</summary>
    /// <param name="epoch">Epoch, from 0. A source that can be read once refuses an epoch above 0.</param>
    /// <param name="readers">Number of readers, one a worker.</param>
    /// <returns>The readers; together they deliver each block once.</returns>
    IReadOnlyList<IBlockReader> Open(int epoch, int readers);
}
