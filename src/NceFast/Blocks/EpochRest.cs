using NceFast.Corpus;

namespace NceFast.Blocks;

/// <summary>
/// Represents the rest of an epoch that another number of processes began: the blocks that are left, which of them belong to this process,
/// and how far the epoch is at each of them.
/// </summary>
/// <remarks>
/// The deal of the whole text would be uneven here, because each earlier process read its own files from their beginnings. The rest is
/// therefore dealt again by what is left of each file, and the next epoch has the deal of the whole text again.
/// The result depends only on the finished blocks, the index and the number of processes, so that it can be found again after a further stop.
/// </remarks>
internal sealed class EpochRest
{
    // The text in a stored byte of a sequential file, where the blocks of the file are not known. A file with that many begun shards may show more.
    private const double TextBytesPerStoredByte = 3;
    private const int TellingShards = 8;

    private readonly FinishedBlocks _before;
    private double _offset = double.NaN;

    /// <summary>Deals the rest.</summary>
    /// <param name="part">The part of the text that this process has in other epochs.</param>
    /// <param name="before">The blocks that the earlier processes finished.</param>
    /// <param name="all">All blocks of the text; null when they are not known.</param>
    /// <param name="done">The fraction of the epoch that is done, 0 to 1. It is used only when the blocks are not known.</param>
    public EpochRest(CorpusSource part, FinishedBlocks before, BlockIndex? all, double done)
    {
        _before = before;
        var begun = new BegunShards(before.Numbers);
        long[] stored = all is null ? StoredBytes(part, begun) : new long[part.Items.Count];
        Source = part.WithRest(begun, all is null ? [.. part.Items.Select((item, i) => item.Length - stored[i])] : WordsLeft(part, before, all), stored);
        Index = all?.Where(Source.Owns);
        Left = Index?.Where(number => !before.Contains(number));
        Done = all is null || all.Words == 0 ? done : 1 - (all.Where(number => !before.Contains(number)).Words / (double)all.Words);
    }

    /// <summary>Gets the epoch.</summary>
    public int Epoch => _before.Epoch;

    /// <summary>Gets the part of the text that this process has for the rest of the epoch.</summary>
    public CorpusSource Source { get; }

    /// <summary>Gets the blocks of this part, also those that are finished; null when they are not known.</summary>
    public BlockIndex? Index { get; }

    /// <summary>Gets the blocks of this part that the earlier processes left; null when they are not known.</summary>
    public BlockIndex? Left { get; }

    /// <summary>Gets the fraction of the words of the epoch that the earlier processes finished, 0 to 1.</summary>
    public double Done { get; }

    /// <summary>Converts a fraction of the rest of this process to a fraction of the epoch.</summary>
    /// <param name="part">The fraction of the rest, 0 to 1.</param>
    public double ProgressAt(double part) => Done + ((1 - Done) * part);

    /// <summary>
    /// Computes the fraction of the epoch before a block that is not in <see cref="Left"/>, because the blocks are not known. The first block
    /// that the earlier processes left is at <see cref="Done"/>.
    /// </summary>
    /// <param name="number">The number of the block.</param>
    /// <param name="part">About the fraction of the rest that lies before it, 0 to 1.</param>
    public double ProgressAt(ulong number, double part)
    {
        if (_before.Contains(number))
            return Done;
        if (double.IsNaN(_offset))
            Interlocked.CompareExchange(ref _offset, part, double.NaN);
        return _offset < 1 ? ProgressAt(Math.Max(0, part - _offset) / (1 - _offset)) : 1;
    }

    /// <summary>Returns the blocks that are left out: those of the earlier processes and those of this one.</summary>
    /// <param name="own">The blocks that this process has finished since; may be null.</param>
    public FinishedBlocks WithOwn(FinishedBlocks? own) => own is null ? _before : new FinishedBlocks(Epoch, [.. _before.Numbers, .. own.Numbers]);

    /// <summary>Determines whether this process has finished all blocks between two numbers that were left to it.</summary>
    /// <param name="own">The blocks that this process has finished; may be null.</param>
    /// <param name="low">The first number.</param>
    /// <param name="high">The number after the last one.</param>
    public bool IsDone(FinishedBlocks? own, ulong low, ulong high) => Left!.CountBetween(low, high) == (own?.CountBetween(low, high) ?? 0);

    private static long[] WordsLeft(CorpusSource part, FinishedBlocks before, BlockIndex all)
    {
        long[] words = new long[part.Items.Count];
        for (int i = 0; i < all.Count; i++)
        {
            if (BlockNumber.ItemOf(all[i].Number) is int item && item < words.Length && !before.Contains(all[i].Number))
                words[item] += all[i].Words;
        }

        return words;
    }

    // About how many stored bytes of each file are done.
    private static long[] StoredBytes(CorpusSource part, BegunShards begun)
    {
        double[] text = [.. part.Items.Select((_, i) => (double)begun.CountIn(i) * part.ShardBytes)];
        double perByte = part.Items.Select((item, i) => item is SequentialItem { Length: > 0 } && begun.CountIn(i) >= TellingShards ? text[i] / item.Length : 0).Append(TextBytesPerStoredByte).Max();
        return [.. part.Items.Select((item, i) => item.Length < 0 ? 0 : Math.Min(item.Length, (long)(text[i] / (item is PlainFile ? 1 : perByte))))];
    }
}
