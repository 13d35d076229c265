using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>
/// Represents blocks whose sentences are baskets: the words of each sentence are brought into a random order, which differs in each epoch. The
/// order depends only on seed, epoch and block number, so that it is the same for any number of readers, from the text or the cache, and
/// after a resume.
/// </summary>
/// <param name="blocks">The blocks in the order of the text.</param>
/// <param name="seed">The seed of the training.</param>
internal sealed class BasketBlocks(IBlockSource blocks, ulong seed) : IBlockSource
{
    public long Words => blocks.Words;

    public IReadOnlyList<IBlockReader> Open(int epoch, int readers) => [.. blocks.Open(epoch, readers).Select(reader => new Reader(reader, new BasketShuffle(seed, epoch)))];

    public void Dispose() => blocks.Dispose();

    private sealed class Reader(IBlockReader inner, BasketShuffle shuffle) : IBlockReader
    {
        public bool TryRead(TokenBlock block)
        {
            if (!inner.TryRead(block))
                return false;
            shuffle.Run(block);
            return true;
        }

        public void Dispose() => inner.Dispose();
    }
}
