namespace NceFast.Corpus;

/// <summary>
/// Represents the shards of a corpus of which earlier processes trained on at least one block. <see cref="FileDeal"/> deals them apart
/// from the others, so that each part receives the same number of shards that nobody has begun.
/// </summary>
internal sealed class BegunShards
{
    // The number of the first block of each shard, in ascending order.
    private readonly ulong[] _shards;

    /// <summary>Finds the shards of blocks.</summary>
    /// <param name="blocks">The numbers of the blocks, in ascending order.</param>
    public BegunShards(ReadOnlySpan<ulong> blocks)
    {
        var shards = new List<ulong>();
        foreach (ulong block in blocks)
        {
            ulong shard = BlockNumber.First(BlockNumber.ItemOf(block), BlockNumber.ShardOf(block));
            if (shards.Count == 0 || shards[^1] != shard)
                shards.Add(shard);
        }

        _shards = [.. shards];
    }

    /// <summary>Returns the number of begun shards of a text.</summary>
    /// <param name="item">The index of the text in the list.</param>
    public int CountIn(int item) => Before(BlockNumber.First(item + 1, 0), out _) - Before(BlockNumber.First(item, 0), out _);

    /// <summary>Returns a number by which shards are dealt. Begun shards that follow each other have consecutive numbers, and so have the others.</summary>
    /// <param name="item">The index of the text in the list.</param>
    /// <param name="shard">The index of the shard in the text.</param>
    public long TurnOf(int item, long shard)
    {
        int before = Before(BlockNumber.First(item, shard), out bool isBegun);
        return isBegun ? before : item + shard - before;
    }

    private int Before(ulong number, out bool isBegun)
    {
        int i = Array.BinarySearch(_shards, number);
        isBegun = i >= 0;
        return isBegun ? i : ~i;
    }
}
