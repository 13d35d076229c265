using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Represents the noise p_n: a density that can be evaluated and sampled, and that has mass wherever data can occur. Derive from
/// this class to use another density. Several threads call an instance at the same time.
/// </summary>
public abstract class NoiseDensity
{
    /// <summary>Gets the number of values per row.</summary>
    public abstract int Dim { get; }

    /// <summary>
    /// Gets whether the density was fitted to the moments of data. Noise-contrastive estimation with such noise is exponentially
    /// ill-conditioned in the dimension for some data (arXiv 2210.00189), so that an estimate with it may carry a warning.
    /// </summary>
    public virtual bool IsMomentFit => false;

    /// <summary>Computes log p_n for a batch of rows.</summary>
    /// <param name="rows">The rows: <c>[batch, dim]</c>.</param>
    /// <param name="values">The destination, nats: <c>[batch]</c>. Write negative infinity where the noise has no mass.</param>
    public abstract void LogDensity(ReadOnlySpan<double> rows, Span<double> values);

    /// <summary>Draws independent rows.</summary>
    /// <param name="draws">The source of all random numbers.</param>
    /// <param name="rows">The destination: <c>[batch, dim]</c>.</param>
    public abstract void Sample(DrawSequence draws, Span<double> rows);

    /// <summary>Draws rows for other uses than a fit. A fit with the same seed draws different rows.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The rows: <c>[rows, dim]</c>.</returns>
    public double[] Draw(int rows, ulong seed) =>
        NoisePieces.Draw(this, rows, piece => PhiloxStream.For(seed, DrawPurpose.Synthetic, 0, piece), Environment.ProcessorCount, CancellationToken.None);
}
