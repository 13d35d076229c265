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

    public long Words => blocks.Words;

    /// <summary>Gets the numbers of the blocks of an epoch that this process or an earlier one dealt.</summary>
    public IEnumerable<ulong> Dealt(int epoch) =>
        (before?.Epoch == epoch ? before.Numbers.ToArray() : []).Concat(epoch == _epoch ? _dealt.SelectMany(numbers => numbers) : []);

    public IReadOnlyList<IBlockReader> Open(int epoch, int readers)
    {
        IReadOnlyList<IBlockReader> inner = blocks.Open(epoch, readers);
        _epoch = epoch;
        _dealt = [.. inner.Select(_ => new List<ulong>())];
        return [.. inner.Select((reader, i) => new Reader(reader, _dealt[i]))];
    }

    public void Dispose() => blocks.Dispose();

    private sealed class Reader(IBlockReader inner, List<ulong> dealt) : IBlockReader
    {
        public bool TryRead(TokenBlock block)
        {
            if (!inner.TryRead(block))
                return false;
            dealt.Add(block.Number);
            return true;
        }

        public void Dispose() => inner.Dispose();
    }
}
