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
    /// Memory for counting, in bytes, at least 1 MiB; half is divided among the workers, half is for the merged table.
    /// When a worker's share is used up, its rarest words are dropped, which is logged as a warning.
    /// </summary>
    public long MemoryLimitBytes { get; init; } = 4L << 30;

    internal void Validate()
    {
        Throw.UnlessInRange("--min-count", MinCount, 1, long.MaxValue);
        Throw.UnlessInRange("--max-vocab", MaxVocab, 0, int.MaxValue);
        Throw.UnlessInRange("The vocabulary's memory limit in bytes", MemoryLimitBytes, 1 << 20, long.MaxValue);
    }
}
