using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>An entry of the block index: the location of a block in the cache, and its number of words.</summary>
/// <param name="Number">The global number of the block.</param>
/// <param name="Words">The number of words of text.</param>
/// <param name="Worker">The worker whose file contains the block.</param>
/// <param name="Start">The position of the first byte in the file.</param>
/// <param name="Codes">The number of codes, including the ends of sentences.</param>
internal readonly record struct BlockEntry(ulong Number, int Words, int Worker, long Start, int Codes);

/// <summary>The index of all blocks of a corpus, ordered by number. It is known after one complete reading.</summary>
internal sealed class BlockIndex
{
    private readonly BlockEntry[] _blocks;
    private readonly ulong[] _numbers = [];
    private readonly long[] _wordsBefore;

    public BlockIndex(IEnumerable<BlockEntry> blocks)
        : this([.. blocks.OrderBy(b => b.Number)])
    {
        _numbers = Array.ConvertAll(_blocks, block => block.Number);
    }

    private BlockIndex(BlockEntry[] blocks)
    {
        _blocks = blocks;
        _wordsBefore = new long[_blocks.Length];
        for (int i = 0; i < _blocks.Length; i++)
        {
            _wordsBefore[i] = Words;
            Words += _blocks[i].Words;
            MaxCodes = Math.Max(MaxCodes, _blocks[i].Codes);
        }
    }

    /// <summary>Gets the number of words of text in all blocks.</summary>
    public long Words { get; }

    /// <summary>Gets the largest number of codes in a block.</summary>
    public int MaxCodes { get; }

    public int Count => _blocks.Length;

    public ref readonly BlockEntry this[int i] => ref _blocks[i];

    /// <summary>Returns the blocks whose number meets a condition.</summary>
    public BlockIndex Where(Func<ulong, bool> condition) => new(_blocks.Where(block => condition(block.Number)));

    /// <summary>Returns the blocks of this index and of another one, each once.</summary>
    public BlockIndex With(BlockIndex other) => new(_blocks.Concat(other._blocks).DistinctBy(block => block.Number));

    /// <summary>Returns the number of words in the block with a number; -1 when there is no such block.</summary>
    public int WordsOf(ulong number)
    {
        int i = Array.BinarySearch(_numbers, number);
        return i < 0 ? -1 : _blocks[i].Words;
    }

    /// <summary>
    /// Returns the number of blocks whose number is at least <paramref name="low"/> and less than <paramref name="high"/>.
    /// </summary>
    public int CountBetween(ulong low, ulong high) => FirstAt(high) - FirstAt(low);

    /// <summary>Returns the fraction of the corpus before the block at an index.</summary>
    public double Progress(int i) => _wordsBefore[i] / (double)Words;

    /// <summary>Returns the blocks in a random order, which the random stream decides.</summary>
    public BlockIndex Shuffled(PhiloxStream stream)
    {
        BlockEntry[] blocks = [.. _blocks];
        for (int i = blocks.Length - 1; i > 0; i--)
        {
            int other = (int)(((ulong)Philox4x32.Draw(stream, (uint)i) * (uint)(i + 1)) >> 32);
            (blocks[i], blocks[other]) = (blocks[other], blocks[i]);
        }

        return new BlockIndex(blocks);
    }

    /// <summary>
    /// Returns the fraction of the corpus before the block with a number; 1 for a block after the last one of the index.
    /// </summary>
    public double ProgressOf(ulong number)
    {
        int i = FirstAt(number);
        return i == _blocks.Length ? 1 : Progress(i);
    }

    private int FirstAt(ulong number)
    {
        int i = Array.BinarySearch(_numbers, number);
        return i < 0 ? ~i : i;
    }
}
