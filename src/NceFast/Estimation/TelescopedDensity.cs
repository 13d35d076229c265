using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>Represents a density that was estimated by <see cref="TelescopingRatios"/>: log p(x) = log p_n(x) + SUM_k (log phi(x; theta_k) + c_k).</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class TelescopedDensity
{
    private readonly UnnormalizedModel _ratio;
    private readonly NoiseDensity _noise;

    internal TelescopedDensity(UnnormalizedModel ratio, NoiseDensity noise, double[] places, List<Estimate> links)
    {
        (_ratio, _noise, Places, Links) = (ratio, noise, places, links);
        Warnings = [.. links.SelectMany((link, k) => link.Warnings.Select(w => w with { Message = $"Ratio {k} of {links.Count} (counted from 0, from the data to the noise): {w.Message}" }))];
    }

    /// <summary>Gets a_k of the data (0), of each bridge, and of the noise (1): <c>[bridges + 2]</c>.</summary>
    public IReadOnlyList<double> Places { get; }

    /// <summary>Gets the estimate of each ratio, from the data to the noise: <c>[bridges + 1]</c>. <see cref="Estimate.NoiseOverlap"/> is that of the two neighbours.</summary>
    public IReadOnlyList<Estimate> Links { get; }

    /// <summary>Gets the warnings of all ratios.</summary>
    public IReadOnlyList<EstimationWarning> Warnings { get; }

    /// <summary>Computes log p for a batch of rows.</summary>
    /// <param name="rows">The rows: <c>[batch, dim]</c>.</param>
    /// <param name="values">The destination, nats: <c>[batch]</c>.</param>
    /// <exception cref="NceFastException">The rows are not finite, or their number is not that of the values (<see cref="ErrorKind.Input"/>).</exception>
    public void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
    {
        if (rows.Length != values.Length * _noise.Dim)
            Throw.Input($"The rows have {rows.Length} values for {values.Length} densities; they must have {_noise.Dim} values per density. Pass [batch, {_noise.Dim}] in row order.");
        InputChecks.EnsureFinite(rows, _noise.Dim);
        _noise.LogDensity(rows, values);
        Span<double> logPhi = new double[values.Length];
        foreach (Estimate link in Links)
        {
            _ratio.Evaluate(rows, link.Theta, logPhi, default);
            for (int r = 0; r < values.Length; r++)
                values[r] += logPhi[r] + link.C;
        }
    }

    /// <summary>Estimates log Z of a model that has the same density up to its normaliser: the mean of log phi(x; theta) - log p(x) over rows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    /// <param name="rows">Rows of the data: <c>[rows, dim]</c>. Rows that were not used in the fit avoid a bias.</param>
    /// <returns>log Z, nats.</returns>
    /// <exception cref="NceFastException">The rows are empty, not whole or not finite (<see cref="ErrorKind.Input"/>); theta does not have the length of the model (<see cref="ErrorKind.Usage"/>).</exception>
    public double LogZ(UnnormalizedModel model, ReadOnlySpan<double> theta, ReadOnlySpan<double> rows)
    {
        InputChecks.EnsureTheta(model, theta, _noise);
        InputChecks.EnsureRows(rows, model.Dim);
        int count = rows.Length / model.Dim;
        double[] logPhi = new double[count], logDensity = new double[count];
        model.Evaluate(rows, theta, logPhi, default);
        LogDensity(rows, logDensity);
        double sum = 0;
        for (int r = 0; r < count; r++)
            sum += logPhi[r] - logDensity[r];
        return sum / count;
    }
}
