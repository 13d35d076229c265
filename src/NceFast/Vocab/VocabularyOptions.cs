using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>Selects the words of a vocabulary.</summary>
public sealed record VocabularyOptions
{
    /// <summary>Gets the smallest count of a word that is kept; at least 1.</summary>
    public long MinCount { get; init; } = 5;

    /// <summary>Gets the largest number of words, of which the most frequent are kept; 0 for no limit.</summary>
    public int MaxVocab { get; init; }

    /// <summary>
    /// Gets the memory for counting in bytes, for all workers of a process together; at least 1 MiB. The default 0 means a quarter of
    /// the memory of the machine or container, divided by the processes on it that train together. While the memory is sufficient,
    /// the counts are exact. When it is exhausted, the rarest words are dropped, and a warning after counting reports how many.
    /// </summary>
    public long MemoryLimitBytes { get; init; }

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(VocabularyOptions.MinCount), MinCount, 1, long.MaxValue);
        Throw.UnlessInRange(nameof(VocabularyOptions.MaxVocab), MaxVocab, 0, int.MaxValue);
        if (MemoryLimitBytes is < 0 or > 0 and < CountingBudget.Least)
            Throw.Usage($"{Member.Of(nameof(VocabularyOptions.MemoryLimitBytes))} is {MemoryLimitBytes} bytes; allowed is {CountingBudget.Least} or more, or 0 for a quarter of the available memory.");
    }
}
