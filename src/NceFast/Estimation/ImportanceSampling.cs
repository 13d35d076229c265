using NceFast.Estimation.Internals;

namespace NceFast.Estimation;

/// <summary>
/// Fits models by maximum likelihood with Z estimated by importance sampling from the noise (Geyer 1994; Gutmann and Hyvarinen
/// 2012, section 4). It is provided for comparison. If the noise has lighter tails than the model, the variance of the weights
/// is infinite.
/// </summary>
public static class ImportanceSampling
{
    /// <summary>Fits theta. c is minus the log of the estimated Z at theta. Standard errors are not available.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c> in row order.</param>
    /// <param name="model">The model.</param>
    /// <param name="noise">The noise.</param>
    /// <param name="nu">The number of noise rows per data row, above 0.</param>
    /// <param name="options">The options; null for the defaults. Stochastic steps are not supported.</param>
    /// <param name="progress">Receives a report after each pass over data and noise, on the calling thread.</param>
    /// <param name="cancellation">A token that stops the fit.</param>
    /// <returns>The estimate. Its objective is minus the mean log-likelihood with the estimated Z.</returns>
    /// <exception cref="NceFastException">The same conditions as for <see cref="NceEstimator.Fit"/>.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Estimate Fit(
        ReadOnlyMemory<double> data,
        UnnormalizedModel model,
        NoiseDensity noise,
        double nu,
        EstimationOptions? options = null,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(noise);
        options ??= new EstimationOptions();
        options.Validate();
        var clock = new FitClock(progress);
        RowSet rows = InputChecks.Data(model, data);
        int noiseRows = InputChecks.NoiseRows(model, noise, rows.Count, nu);
        double[] start = FitSteps.Start(model, rows, options);
        RowSet drawn = FitSteps.DrawNoise(noise, noiseRows, 1, options, cancellation);
        var normalizer = new SampledNormalizer(model, drawn, options.Threads, cancellation);
        Minimum end = FullBatch.Minimize(new LikelihoodObjective(model, normalizer, rows, options.Threads, cancellation), start, options, clock);
        double c = -normalizer.LogZ(end.Point, default);
        return new Estimate(end.Point, c, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, rows.Count, noiseRows, null, clock.Seconds);
    }
}
