using NceFast.Numerics;

namespace NceFast.Training;

/// <summary>Represents what is measured of a model while it is trained. Workers pause meanwhile.</summary>
public sealed record ProbeOptions
{
    /// <summary>Gets the words of text between two measurements, at least 1,000; 0 for the ends of epochs only.</summary>
    public long Every { get; init; }

    /// <summary>Gets the path of a text on which the loss, the perplexity and log Z of word vectors are measured; null for none. The trainer of language models receives its validation text instead.</summary>
    public string? HeldOut { get; init; }

    /// <summary>Gets the table of word pairs and human scores; null for none.</summary>
    public string? Similarity { get; init; }

    internal void Validate()
    {
        if (Every != 0)
            Throw.UnlessInRange(nameof(ProbeOptions.Every), Every, 1_000, long.MaxValue);
    }
}
