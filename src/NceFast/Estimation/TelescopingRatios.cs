using NceFast.Estimation.Internals;

namespace NceFast.Estimation;

/// <summary>
/// Estimates a density by telescoping density-ratio estimation (Rhodes, Xu and Gutmann 2020). Bridge distributions lead from the data
/// to the noise: their rows are <c>x_k = sqrt(1 - a_k^2) x_0 + a_k x_m</c>, where x_0 is a data row, x_m a noise row, and a_k increases
/// from 0 to 1. The ratio of two neighbours is estimated by noise-contrastive estimation, and the ratios multiply to the density:
/// <c>log p(x) = log p_n(x) + SUM_k (log phi(x; theta_k) + c_k)</c>. Neighbours overlap even if noise and data do not.
/// </summary>
public static class TelescopingRatios
{
    /// <summary>Fits the log-ratio of each pair of neighbours, each with parameters of its own that start at 0.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c> in row order. They are not changed and must not change during the fit.</param>
    /// <param name="ratio">
    /// The family of the log-ratios: log phi(x; theta) + c is the log-ratio of two neighbours. It should be 0 at
    /// theta = 0, and it must contain the log-ratios of all neighbours, which are blends of data and noise. Otherwise the density is
    /// biased. A <see cref="GaussianModel"/> contains those of data and noise that are Gaussian with mean 0.
    /// </param>
    /// <param name="noise">The noise.</param>
    /// <param name="bridges">
    /// The number of bridge distributions between data and noise, at least 1; null to choose it. The bridges have equal distances, where
    /// the distance is the sum of two parts: that of Fisher and Rao between Gaussians with the means and variances of the columns, and
    /// sqrt(dim) times the change of a for the other differences. The chosen number makes the distances at most 1.
    /// </param>
    /// <param name="nu">The number of noise rows per data row. Each pair of a data row and a noise row gives one row of each bridge.</param>
    /// <param name="options">The options; null for the defaults. Stochastic steps and standard errors are not supported. A start applies to every ratio.</param>
    /// <param name="progress">Receives a report after each pass over the rows of a ratio, on the calling thread.</param>
    /// <param name="cancellation">A token that stops the fit.</param>
    /// <returns>The density.</returns>
    /// <exception cref="NceFastException">The conditions of <see cref="NceEstimator.Fit"/>, or the number of bridges is below 1 or above 1,000 (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static TelescopedDensity Fit(
        ReadOnlyMemory<double> data,
        UnnormalizedModel ratio,
        NoiseDensity noise,
        int? bridges = null,
        int nu = 1,
        EstimationOptions? options = null,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ratio);
        ArgumentNullException.ThrowIfNull(noise);
        options ??= new EstimationOptions();
        options.Validate();
        InputChecks.RejectStochastic(options, nameof(TelescopingRatios));
        if (bridges is { } number)
            InputChecks.EnsureBridges(number);
        RowSet rows = InputChecks.Data(ratio, data);
        int noiseRows = InputChecks.NoiseRows(ratio, noise, rows.Count, nu);
        InputChecks.WithNoise(rows, noise, nu, options, cancellation);
        double[] start = StartOf(ratio, rows, options);
        var waymarks = new Waymarks(rows.Values, noise, noiseRows, options, cancellation);
        double[] places = waymarks.Places(bridges);
        var links = new List<Estimate>();
        RowSet upper = waymarks.At(places, 0) with { Label = 1 };
        for (int k = 1; k < places.Length; k++)
        {
            RowSet lower = waymarks.At(places, k);
            links.Add(Link(ratio, upper, lower, start, options, progress, cancellation));
            upper = lower with { Label = 1 };
        }

        return new TelescopedDensity(ratio, noise, places, links);
    }

    private static double[] StartOf(UnnormalizedModel ratio, RowSet rows, EstimationOptions options)
    {
        // The start of a density, which the model chooses, is not the start of a ratio.
        EstimationOptions start = options with { Start = options.Start ?? new double[ratio.ParameterCount] };
        return FitSteps.Start(ratio, rows, start);
    }

    private static Estimate Link(UnnormalizedModel ratio, RowSet upper, RowSet lower, double[] start, EstimationOptions options, IProgress<EstimationProgress>? progress, CancellationToken cancellation)
    {
        var clock = new FitClock(progress);
        double[] squares = ScaledObjective.MeanSquares(ratio, upper, start, options.Threads, cancellation);
        Minimum end = ScaledObjective.Minimize(new NceObjective(ratio, upper, lower, options.Threads, cancellation), [.. start, 0], squares, options, clock);
        double[] theta = end.Point[..^1];
        double c = end.Point[^1], overlap = Overlap.Compute(ratio, upper, lower, theta, c, options.Threads, cancellation);
        return new Estimate(theta, c, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, upper.Count, lower.Count, null, clock.Seconds)
        {
            NoiseOverlap = overlap,
            Warnings = FitWarnings.OfLink(overlap, upper.Count, theta.Length + 1),
        };
    }
}
