using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>Where and how often a training saves itself, and whether it goes on from what was saved.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Folder of the run; made when it is missing. One run at a time may use it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Time between two checkpoints, at least 1 s; a clock that jumps does not matter. Null takes ten minutes, or none where
    /// <see cref="Words"/> is given.
    /// </summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Words of text between two checkpoints, at least 1; null for none.</summary>
    public long? Words { get; init; }

    /// <summary>Checkpoints to keep, 1 to 1,000,000; older ones are deleted when a newer one is complete.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>Whether to go on from the newest checkpoint in the folder; without, a folder that holds any is refused.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether to go on although the text or an option is another than it was.</summary>
    public bool Insist { get; init; }

    /// <summary>What the caller wants to find again in each checkpoint, see <see cref="CheckpointInfo"/>.</summary>
    public string Application { get; init; } = "";

    /// <summary>Takes wishes for a checkpoint now; may be null.</summary>
    public CheckpointRequests? Requests { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal TimeSpan? EffectiveInterval => Interval ?? (Words is null ? TimeSpan.FromMinutes(10) : null);

    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Folder))
            Throw.Usage($"{Member.Of(nameof(CheckpointOptions.Folder))} is empty; name a folder.");
        Throw.UnlessInRange(nameof(CheckpointOptions.Keep), Keep, 1, 1_000_000);
        Throw.UnlessInRange($"{Member.Of(nameof(CheckpointOptions.Interval))} in seconds", EffectiveInterval?.TotalSeconds ?? 1, 1, TimeSpan.FromDays(365).TotalSeconds);
        Throw.UnlessInRange($"{Member.Of(nameof(CheckpointOptions.Words))} in words", Words ?? 1, 1, long.MaxValue);
    }
}
