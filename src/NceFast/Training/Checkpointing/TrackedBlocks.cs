using NceFast.Blocks;
using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>
/// Remembers the numbers of blocks as they are dealt. While all workers pause, every block that was dealt has been trained on, so
/// that this is the position in the text for any order and any number of workers. It takes eight bytes per 32,000 words of text.
/// </summary>
internal sealed class TrackedBlocks(IBlockSource blocks, FinishedBlocks? before) : IBlockSource
{
    private List<ulong>[] _dealt = [];
    private int _epoch = -1;
    private volatile int _item;

    public long Words => blocks.Words;

    /// <summary>Gets the number of files of the text; 0 when it has one, or when blocks are not dealt in their order.</summary>
    public int Files { get; init; }

    /// <summary>Gets the number of the furthest file of this epoch from which a block was dealt, from 1; 0 if <see cref="Files"/> is 0.</summary>
    public int File => Math.Min(_item + 1, Files);

    /// <summary>Gets the numbers of the blocks of an epoch that this process or an earlier one dealt.</summary>
    public IEnumerable<ulong> Dealt(int epoch) =>
        (before?.Epoch == epoch ? before.Numbers.ToArray() : []).Concat(epoch == _epoch ? _dealt.SelectMany(numbers => numbers) : []);

    public IReadOnlyList<IBlockReader> Open(int epoch, int readers)
    {
        IReadOnlyList<IBlockReader> inner = blocks.Open(epoch, readers);
        _epoch = epoch;
        _item = 0;
        _dealt = [.. inner.Select(_ => new List<ulong>())];
        return [.. inner.Select((reader, i) => new Reader(this, reader, _dealt[i]))];
    }

    public void Dispose() => blocks.Dispose();

    private sealed class Reader(TrackedBlocks owner, IBlockReader inner, List<ulong> dealt) : IBlockReader
    {
        public bool TryRead(TokenBlock block)
        {
            if (!inner.TryRead(block))
                return false;
            dealt.Add(block.Number);
            int item = BlockNumber.ItemOf(block.Number);
            if (item > owner._item)
                owner._item = item; // two workers may overwrite each other, which only delays what is shown
            return true;
        }

        public void Dispose() => inner.Dispose();
    }
}
