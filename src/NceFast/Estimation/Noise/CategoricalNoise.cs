using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Estimation;

/// <summary>The noise of the language models as noise of rows: a row holds one class number, such as a word's.</summary>
/// <param name="distribution">The distribution over classes.</param>
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
