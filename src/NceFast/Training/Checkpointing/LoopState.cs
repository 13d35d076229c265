using NceFast.Distribution;

namespace NceFast.Training;

/// <summary>Represents the state of a training between two blocks.</summary>
/// <param name="Pass">Totals of the epoch that is being trained.</param>
/// <param name="PassSeconds">Time spent on it.</param>
/// <param name="Epochs">The epochs before it.</param>
/// <param name="Seconds">Time of the whole training.</param>
/// <param name="IsOver">Whether the training ended before its last epoch.</param>
/// <param name="Merges">Merges of replicas so far, those by schedule.</param>
internal sealed record LoopState(PassState Pass, double PassSeconds, IReadOnlyList<EpochReport> Epochs, double Seconds, bool IsOver, long Merges = 0)
{
    /// <summary>Gets the pauses of the whole training.</summary>
    public PauseSeconds Paused { get; init; }

    /// <summary>Gets the checkpoints of the whole training.</summary>
    public int Checkpoints { get; init; }

    /// <summary>Gets the start of a training.</summary>
    public static LoopState Begin { get; } = new(default, 0, [], 0, false);
}
