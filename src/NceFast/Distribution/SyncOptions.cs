using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>How the changes of several replicas to one row become one change. Figures: DESIGN.md beside this file.</summary>
public enum MergeRule
{
    /// <summary>
    /// By how far a row was pulled since its last merge: the sum of the changes for a row with few updates, as one table
    /// would have them, and their mean for one that each replica brought near its optimum by itself.
    /// </summary>
    Adaptive,

    /// <summary>The sum divided by the number of replicas that changed the row.</summary>
    Touching,

    /// <summary>The mean over all replicas: rare words learn as many times too slowly.</summary>
    Mean,

    /// <summary>The sum: multiplies the learning rate of frequent words by the number of replicas and can diverge.</summary>
    Sum,
}

/// <summary>Which text a process of several trains on.</summary>
public enum ShardMode
{
    /// <summary>All see the same files and take their part of them.</summary>
    Rank,

    /// <summary>Each has files of its own and takes all of them.</summary>
    Own,
}

/// <summary>How replicas of the parameters are kept together (local SGD: Stich 2019).</summary>
public sealed record SyncOptions
{
    /// <summary>Words of the vocabulary a replica trains on between two merges; 0 for a period by the size of text and vocabulary.</summary>
    public long Period { get; init; }

    /// <summary>Rows of the most frequent words that every merge takes; each second merge takes twice as many, each fourth four times, up to all. 0 for a sixteenth of all, 1,024 to 16,384.</summary>
    public int Rows { get; init; }

    /// <summary>What becomes of several changes to one row.</summary>
    public MergeRule Rule { get; init; }

    /// <summary>Whether merges between processes run beside the training; those of all rows never do.</summary>
    public bool Overlap { get; init; } = true;

    /// <summary>Which text each process trains on.</summary>
    public ShardMode Shards { get; init; }

    /// <summary>Blocks that a replica's part of an epoch of a small text has at least, between which workers can stop for a merge.</summary>
    internal int EpochBlocks { get; init; } = 100;

    /// <summary>Rejects values outside their range.</summary>
    /// <exception cref="NceFastException">A value is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public void Validate()
    {
        Throw.UnlessInRange(nameof(SyncOptions.Period), Period, 0, long.MaxValue);
        Throw.UnlessInRange(nameof(SyncOptions.Rows), Rows, 0, int.MaxValue);
    }
}
