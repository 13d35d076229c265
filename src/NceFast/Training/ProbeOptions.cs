using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>What is measured of a model while it is trained; workers stand still meanwhile.</summary>
public sealed record ProbeOptions
{
    /// <summary>Words of text between two probes, at least 1,000; 0 for the ends of epochs only.</summary>
    public long Every { get; init; }

    /// <summary>Text for loss, perplexity and log Z; null for none. Language models name theirs when training begins.</summary>
    public string? HeldOut { get; init; }

    /// <summary>Table of word pairs and human scores; null for none.</summary>
    public string? Similarity { get; init; }

    internal void Validate()
    {
        if (Every != 0)
            Throw.UnlessInRange(nameof(ProbeOptions.Every), Every, 1_000, long.MaxValue);
    }
}
