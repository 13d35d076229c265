namespace NceFast.Tests.Simulation;

internal enum FaultKind
{
    /// <summary>The process dies.</summary>
    Kill,

    /// <summary>The process is asked to stop.</summary>
    Signal,

    /// <summary>Rank 0 cannot write checkpoints for some time.</summary>
    FullDisk,

    /// <summary>The process comes late to the first call.</summary>
    Late,

    /// <summary>The process stands still for some time.</summary>
    Stall,

    /// <summary>The process is slower than the others.</summary>
    Slow,
}

/// <summary>Represents a fault of a rank.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Rank">The rank.</param>
/// <param name="At">The point of the rank (a call, the end of a call, or a block) at which it happens, from 1.</param>
/// <param name="Length">Points for a full disk, simulated seconds for a rank that is late or stands still, a factor for a slow one.</param>
internal sealed record Fault(FaultKind Kind, int Rank, int At, int Length);

/// <summary>Specifies what the other ranks notice when a rank ends in the middle of the work.</summary>
internal enum EndNotice
{
    /// <summary>Their calls throw an error.</summary>
    Error,

    /// <summary>Nothing: their calls wait until the time is over.</summary>
    Silence,

    /// <summary>The launcher kills them too.</summary>
    Death,
}

/// <summary>The process of this rank was killed.</summary>
internal sealed class RankKilledException() : Exception("The rank was killed.");
