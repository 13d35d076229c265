namespace NceFast.Blocks;

/// <summary>The blocks of one epoch that were trained on before this process started.</summary>
internal sealed class FinishedBlocks
{
    private readonly ulong[] _sorted;

    /// <summary>Creates the set.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="numbers">The numbers of the blocks, in any order.</param>
    public FinishedBlocks(int epoch, IEnumerable<ulong> numbers)
    {
        Epoch = epoch;
        _sorted = [.. numbers];
        Array.Sort(_sorted);
    }

    /// <summary>Gets the epoch.</summary>
    public int Epoch { get; }

    /// <summary>Gets the numbers of the blocks, in ascending order.</summary>
    public ReadOnlySpan<ulong> Numbers => _sorted;

    /// <summary>Determines whether the set contains a block.</summary>
    public bool Contains(ulong number) => Array.BinarySearch(_sorted, number) >= 0;

    /// <summary>
    /// Returns the number of blocks whose number is at least <paramref name="low"/> and less than <paramref name="high"/>.
    /// </summary>
    public int CountBetween(ulong low, ulong high) => FirstAt(high) - FirstAt(low);

    private int FirstAt(ulong number)
    {
        int i = Array.BinarySearch(_sorted, number);
        return i < 0 ? ~i : i;
    }
}
