namespace NceFast.Corpus;

/// <summary>
/// Global numbers of blocks: the text's place in the list, the shard of the text, the block of the shard. A number depends on
/// nothing else, so that a text has the same numbers as a plain file, as gzip and as a stream.
/// </summary>
internal static class BlockNumber
{
    /// <summary>Most texts of a corpus.</summary>
    public const int MaxItems = (1 << ItemBits) - 1;

    /// <summary>Most shards of a text: 16 TiB in shards of 1 MiB.</summary>
    public const long MaxShards = 1L << ShardBits;

    // A shard of 1 MiB has at most half a million words, and a block has at least one.
    private const int BlockBits = 20, ShardBits = 24, ItemBits = 20;

    /// <summary>Number of the first block of a shard; the shard after the last one of a text is the first of the next text.</summary>
    public static ulong First(int item, long shard) => ((ulong)item << (ShardBits + BlockBits)) + ((ulong)shard << BlockBits);

    /// <summary>Place of a block's text in the list.</summary>
    public static int ItemOf(ulong number) => (int)(number >> (ShardBits + BlockBits));

    /// <summary>Shard of a block within its text.</summary>
    public static long ShardOf(ulong number) => (long)(number >> BlockBits) & (MaxShards - 1);

    /// <summary>Fails for a list of texts that has no numbers left.</summary>
    /// <exception cref="NceFastException">There are too many texts (<see cref="ErrorKind.Usage"/>).</exception>
    public static void EnsureItems(int items)
    {
        if (items > MaxItems)
            throw new NceFastException(ErrorKind.Usage, $"The corpus has {items:N0} files, and at most {MaxItems:N0} are allowed; join small files to larger ones.");
    }

    /// <summary>Fails for a text that has no numbers left.</summary>
    /// <exception cref="NceFastException">The text is too long (<see cref="ErrorKind.Input"/>).</exception>
    public static void EnsureShards(string name, long shards, int shardBytes)
    {
        if (shards > MaxShards)
            throw new NceFastException(ErrorKind.Input, $"{name} has more than {MaxShards * shardBytes:N0} bytes of text, which is the most that one file may have; divide it into several files.");
    }
}
