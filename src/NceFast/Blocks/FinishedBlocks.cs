namespace NceFast.Blocks;

/// <summary>Blocks of one epoch that were trained on before the process began.</summary>
internal sealed class FinishedBlocks
{
    private readonly ulong[] _sorted;

    /// <summary>Takes the numbers.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="numbers">Numbers of blocks, in any order.</param>
    public FinishedBlocks(int epoch, IEnumerable<ulong> numbers)
    {
        Epoch = epoch;
        _sorted = [.. numbers];
        Array.Sort(_sorted);
    }

    /// <summary>The epoch.</summary>
    public int Epoch { get; }

    /// <summary>Their numbers, rising.</summary>
    public ReadOnlySpan<ulong> Numbers => _sorted;

    /// <summary>Whether a block is among them.</summary>
    public bool Contains(ulong number) => Array.BinarySearch(_sorted, number) >= 0;

    /// <summary>How many have numbers from <paramref name="low"/> to below <paramref name="high"/>.</summary>
    public int CountBetween(ulong low, ulong high) => FirstAt(high) - FirstAt(low);

    private int FirstAt(ulong number)
    {
        int i = Array.BinarySearch(_sorted, number);
        return i < 0 ? ~i : i;
    }
}
