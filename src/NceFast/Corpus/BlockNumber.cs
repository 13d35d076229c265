namespace NceFast.Corpus;

/// <summary>
/// Computes global block numbers. A number consists of the index of the text in the list, the index of the shard in the text,
/// and the index of the block in the shard. It depends on nothing else, so that a plain file, gzip and a stream with the same
/// text have the same block numbers.
/// </summary>
internal static class BlockNumber
{
    /// <summary>The largest number of texts in a corpus.</summary>
    public const int MaxItems = (1 << ItemBits) - 1;

    /// <summary>The largest number of shards in a text: 16 TiB in shards of 1 MiB.</summary>
    public const long MaxShards = 1L << ShardBits;

    // A shard of 1 MiB has at most half a million words, and a block has at least one word.
    private const int BlockBits = 20, ShardBits = 24, ItemBits = 20;

    /// <summary>
    /// Returns the number of the first block of a shard. The shard after the last possible one of a text is the first of the next
    /// text.
    /// </summary>
    public static ulong First(int item, long shard) => ((ulong)item << (ShardBits + BlockBits)) + ((ulong)shard << BlockBits);

    /// <summary>Returns the index in the list of the text that contains a block.</summary>
    public static int ItemOf(ulong number) => (int)(number >> (ShardBits + BlockBits));

    /// <summary>Returns the index within its text of the shard that contains a block.</summary>
    public static long ShardOf(ulong number) => (long)(number >> BlockBits) & (MaxShards - 1);

    /// <summary>Throws when a corpus has more texts than there are numbers.</summary>
    /// <exception cref="NceFastException">There are too many texts (<see cref="ErrorKind.Usage"/>).</exception>
    public static void EnsureItems(int items)
    {
        if (items > MaxItems)
            throw new NceFastException(ErrorKind.Usage, $"The corpus has {items:N0} files, and at most {MaxItems:N0} are allowed; join small files to larger ones.");
    }

    /// <summary>Throws when a text has more shards than there are numbers.</summary>
    /// <exception cref="NceFastException">The text is too long (<see cref="ErrorKind.Input"/>).</exception>
    public static void EnsureShards(string name, long shards, int shardBytes)
    {
        if (shards > MaxShards)
            throw new NceFastException(ErrorKind.Input, $"{name} has more than {MaxShards * shardBytes:N0} bytes of text, which is the most that one file may have; divide it into several files.");
    }
}
