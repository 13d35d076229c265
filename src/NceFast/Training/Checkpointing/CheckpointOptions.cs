using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>Represents where and how often a training saves itself, and whether it continues from what was saved.</summary>
public sealed record CheckpointOptions
{
    private const int MaxSeconds = 365 * 24 * 3600;

    /// <summary>Gets the folder of the checkpoints, which is created when it is missing. One training at a time may use it.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Gets the time between two checkpoints, at least 1 s; a clock that jumps does not matter. Null takes ten minutes, or no time when
    /// <see cref="Words"/> is given.
    /// </summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Gets the words of text between two checkpoints, at least 1; null for none.</summary>
    public long? Words { get; init; }

    /// <summary>Gets the number of checkpoints to keep, 1 to 1,000,000. Older ones are deleted when a newer one is complete.</summary>
    public int Keep { get; init; } = 3;

    /// <summary>
    /// Gets whether to continue from the newest checkpoint in the folder, with as many processes as saved it or with another number. The
    /// training begins if the folder holds none or does not exist, so that a scheduler may start the same command again and again. When false,
    /// a folder that holds any is refused.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Gets whether to continue although the text or an option differs.</summary>
    public bool Insist { get; init; }

    /// <summary>Gets a text that the caller stores in each checkpoint, see <see cref="CheckpointInfo"/>.</summary>
    public string Application { get; init; } = "";

    /// <summary>Gets the requests for a checkpoint at once; may be null.</summary>
    public CheckpointRequests? Requests { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    internal TimeSpan? EffectiveInterval => Interval ?? (Words is null ? TimeSpan.FromMinutes(10) : null);

    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(Folder))
            Throw.Usage($"{Member.Of(nameof(CheckpointOptions.Folder))} is empty; name a folder.");
        Throw.UnlessInRange(nameof(CheckpointOptions.Keep), Keep, 1, 1_000_000);
        if (EffectiveInterval is { TotalSeconds: < 1 or > MaxSeconds } interval)
            Throw.Usage($"{Member.Of(nameof(CheckpointOptions.Interval))} is {interval.TotalSeconds} s; allowed is 1 to {MaxSeconds}.");
        Throw.UnlessInRange(nameof(CheckpointOptions.Words), Words ?? 1, 1, long.MaxValue);
    }
}
