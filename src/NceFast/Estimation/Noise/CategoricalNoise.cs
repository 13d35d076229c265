using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Estimation;

/// <summary>Represents the noise distribution of a language model as a noise density. A row contains one class number, such as the id of a word.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
/// <param name="distribution">The distribution over the classes.</param>
public sealed class CategoricalNoise(NoiseDistribution distribution) : NoiseDensity
{
    /// <inheritdoc/>
    public override int Dim => 1;

    /// <inheritdoc/>
    public override void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
    {
        ReadOnlySpan<double> probabilities = distribution.Probabilities;
        for (int r = 0; r < values.Length; r++)
            values[r] = CategoricalModel.ClassOf(rows[r], probabilities.Length) is >= 0 and int w ? Math.Log(probabilities[w]) : double.NegativeInfinity;
    }

    /// <inheritdoc/>
    public override void Sample(DrawSequence draws, Span<double> rows)
    {
        for (int r = 0; r < rows.Length; r++)
            rows[r] = distribution.Table.Draw(draws.NextWord(), draws.NextWord());
    }
}
