using NceFast.Merging;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Specifies the text that each of several processes trains on.</summary>
public enum ShardMode
{
    /// <summary>All processes have the same files, and each takes a part of them.</summary>
    Rank,

    /// <summary>Each process has files of its own and takes all of them.</summary>
    Own,
}

/// <summary>Specifies how replicas of the parameters are merged (local SGD: Stich 2019).</summary>
public sealed record SyncOptions
{
    /// <summary>Gets the words of the vocabulary that a replica trains on between two merges; 0 derives the period from the sizes of text and vocabulary.</summary>
    public long Period { get; init; }

    /// <summary>Gets the rows of the most frequent words that every merge takes. Every second merge takes twice as many, every fourth four times as many, up to all. 0 takes a sixteenth of all, 1,024 to 16,384.</summary>
    public int Rows { get; init; }

    /// <summary>Gets how several changes to one row become one change.</summary>
    public MergeRule Rule { get; init; }

    /// <summary>Gets whether merges between processes run beside the training; merges of all rows never do.</summary>
    public bool Overlap { get; init; } = true;

    /// <summary>Gets the text that each process trains on.</summary>
    public ShardMode Shards { get; init; }

    /// <summary>Gets the blocks that a replica's part of an epoch has at least, because workers stop for a merge between two blocks.</summary>
    internal int EpochBlocks { get; init; } = 100;

    /// <summary>Gets the minimum time in seconds over which the ranks are compared, to find one that is slower than the others.</summary>
    internal double PaceSeconds { get; init; } = 30;

    /// <summary>Throws if a value is outside its range.</summary>
    /// <exception cref="NceFastException">A value is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public void Validate()
    {
        Throw.UnlessInRange(nameof(SyncOptions.Period), Period, 0, long.MaxValue);
        Throw.UnlessInRange(nameof(SyncOptions.Rows), Rows, 0, int.MaxValue);
    }
}
