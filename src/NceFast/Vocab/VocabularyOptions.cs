using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>Which words make the vocabulary.</summary>
public sealed record VocabularyOptions
{
    /// <summary>Words seen fewer times are left out; at least 1.</summary>
    public long MinCount { get; init; } = 5;

    /// <summary>Most words kept, the most frequent ones; 0 for no limit.</summary>
    public int MaxVocab { get; init; }

    /// <summary>
    /// Memory for counting, in bytes, at least 1 MiB, for all workers of a process together; 0 for a quarter of the memory
    /// that the machine or the container has, divided by the processes on it that train together. While it suffices, the
    /// counts are exact. When it is used up, the rarest words are dropped; one warning at the end of counting says how many.
    /// </summary>
    public long MemoryLimitBytes { get; init; }

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(VocabularyOptions.MinCount), MinCount, 1, long.MaxValue);
        Throw.UnlessInRange(nameof(VocabularyOptions.MaxVocab), MaxVocab, 0, int.MaxValue);
        if (MemoryLimitBytes is < 0 or > 0 and < CountingBudget.Least)
            Throw.Usage($"{Member.Of(nameof(VocabularyOptions.MemoryLimitBytes))} is {MemoryLimitBytes} bytes; allowed is {CountingBudget.Least} or more, or 0 for a quarter of the memory there is.");
    }
}
