using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// The noise p_n that data are told from: a density that can be evaluated and drawn from, with mass wherever data may lie.
/// Derive from it to use another. Several threads call an instance at once.
/// </summary>
public abstract class NoiseDensity
{
    /// <summary>Values a row.</summary>
    public abstract int Dim { get; }

    /// <summary>Computes log p_n for a batch of rows.</summary>
    /// <param name="rows">Rows: <c>[batch, dim]</c>.</param>
    /// <param name="values">Destination, nats: <c>[batch]</c>; negative infinity where there is no mass.</param>
    public abstract void LogDensity(ReadOnlySpan<double> rows, Span<double> values);

    /// <summary>Draws rows, independent of each other.</summary>
    /// <param name="draws">Where every random number comes from.</param>
    /// <param name="rows">Destination: <c>[batch, dim]</c>.</param>
    public abstract void Sample(DrawSequence draws, Span<double> rows);

    /// <summary>Draws rows for a program's own use; a fit draws others from the same seed.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>The rows: <c>[rows, dim]</c>.</returns>
    public double[] Draw(int rows, ulong seed) =>
        NoisePieces.Draw(this, rows, piece => PhiloxStream.For(seed, DrawPurpose.Synthetic, 0, piece), Environment.ProcessorCount, CancellationToken.None);
}
