using NceFast.Numerics;

namespace NceFast.Blocks;

/// <summary>Where a block lies in the cache, and how many words the corpus has before it.</summary>
/// <param name="Number">Global number.</param>
/// <param name="Words">Words of text.</param>
/// <param name="Worker">Whose file.</param>
/// <param name="Place">First byte in the file.</param>
/// <param name="Codes">Codes, sentence ends included.</param>
internal readonly record struct BlockEntry(ulong Number, int Words, int Worker, long Place, int Codes);

/// <summary>All blocks of a corpus by number, known after one complete reading.</summary>
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

    /// <summary>Words of text in all.</summary>
    public long Words { get; }

    /// <summary>Most codes of a block.</summary>
    public int MaxCodes { get; }

    public int Count => _blocks.Length;

    public ref readonly BlockEntry this[int i] => ref _blocks[i];

    /// <summary>Words of the block of a number; -1 when there is none.</summary>
    public int WordsOf(ulong number)
    {
        int i = Array.BinarySearch(_numbers, number);
        return i < 0 ? -1 : _blocks[i].Words;
    }

    /// <summary>Blocks with numbers from <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public int CountBetween(ulong low, ulong high) => FirstAt(high) - FirstAt(low);

    /// <summary>Part of the corpus before the i-th block.</summary>
    public double Progress(int i) => _wordsBefore[i] / (double)Words;

    /// <summary>The blocks in another order, which draws decide.</summary>
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

    /// <summary>Part of the corpus before the block of a number; 1 for one that was not there when the index was made.</summary>
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
