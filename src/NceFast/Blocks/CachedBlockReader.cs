using CommunityToolkit.HighPerformance.Buffers;
using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>Reads blocks from the cache, in the order of their numbers or in the order of a shuffle.</summary>
internal sealed class CachedBlockReader(Spool spool, CachedBlockReader.Dealer dealer, int unknown, CancellationToken cancellation) : IBlockReader
{
    private readonly MemoryOwner<int> _codes = MemoryOwner<int>.Allocate(spool.Index!.MaxCodes);
    private readonly SentenceShuffle? _shuffle = dealer.Shuffles ? new SentenceShuffle() : null;
    private bool _disposed;

    public bool TryRead(TokenBlock block)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellation.ThrowIfCancellationRequested();
        BlockIndex index = dealer.Index;
        int i = dealer.Next();
        if (i >= index.Count)
            return false;
        ref readonly BlockEntry entry = ref index[i];
        Span<int> codes = _codes.Span[..entry.Codes];
        spool.Read(entry, codes);
        block.Clear();
        block.Number = entry.Number;
        block.Words = entry.Words;
        block.Progress = dealer.Progress(i);
        if (spool.Map(entry) is int[] map)
            Decode(codes, map, block);
        else
            Copy(codes, block);
        _shuffle?.Run(block, dealer.Stream(entry.Number));
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        _codes.Dispose();
    }

    private void Decode(ReadOnlySpan<int> codes, int[] map, TokenBlock block)
    {
        int[] ids = block.IdStorage;
        int count = 0;
        foreach (int code in codes)
        {
            if (code < 0)
            {
                block.EndSentenceAt(count);
                continue;
            }

            // The id of a word outside the vocabulary is written too, and the next id overwrites it.
            int id = map[code];
            id = id < 0 ? unknown : id;
            ids[count] = id;
            count += (int)(~(uint)id >> 31);
        }
    }

    private static void Copy(ReadOnlySpan<int> codes, TokenBlock block)
    {
        int count = 0;
        while (!codes.IsEmpty)
        {
            int length = codes.IndexOf(-1);
            codes[..length].CopyTo(block.IdStorage.AsSpan(count));
            count += length;
            block.EndSentenceAt(count);
            codes = codes[(length + 1)..];
        }
    }

    /// <summary>
    /// Deals the blocks of the index to the readers of one pass. With a seed, each epoch has a random order of its own. Blocks that
    /// are already finished are skipped. The index of the rest of an epoch has only the blocks of that rest.
    /// </summary>
    public sealed class Dealer(BlockIndex index, ulong? seed, int epoch, FinishedBlocks? finished, EpochRest? rest = null)
    {
        // The random stream for the order of the blocks differs from the streams of all blocks.
        private const ulong Order = ulong.MaxValue;
        private int _next = -1;

        public bool Shuffles => seed is not null;

        public BlockIndex Index { get; } = seed is null ? index : index.Shuffled(PhiloxStream.For(seed.Value, DrawPurpose.Shuffle, epoch, Order));

        public double Progress(int i) => rest?.ProgressAt(Index.Progress(i)) ?? Index.Progress(i);

        public int Next()
        {
            int i;
            do
                i = Interlocked.Increment(ref _next);
            while (finished is not null && i < Index.Count && finished.Contains(Index[i].Number));
            return i;
        }

        public PhiloxStream Stream(ulong block) => PhiloxStream.For(seed ?? 0, DrawPurpose.Shuffle, epoch, block);
    }
}
