using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Noise-contrastive estimation of unnormalised models (Gutmann and Hyvarinen 2010; 2012): learns to tell data from noise
/// of a known density, which yields the parameters and the normaliser.
/// </summary>
public static class NceEstimator
{
    /// <summary>Fits theta and c.</summary>
    /// <param name="data">Data: <c>[rows, dim]</c> in row order; not changed, and not to be changed meanwhile.</param>
    /// <param name="model">The model.</param>
    /// <param name="noise">The noise.</param>
    /// <param name="nu">Noise rows a data row, above 0; the error falls towards that of maximum likelihood as it grows.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="progress">Told after each pass over data and noise, or each stochastic step, on the calling thread.</param>
    /// <param name="cancellation">Ends the fit.</param>
    /// <returns>The estimate.</returns>
    /// <exception cref="NceFastException">
    /// Bad options or nu, a gradient found wrong (<see cref="ErrorKind.Usage"/>); values that are not finite, fewer rows than
    /// unknowns, noise without mass at a data row, singular data (<see cref="ErrorKind.Input"/>); too many noise rows
    /// or unknowns (<see cref="ErrorKind.Memory"/>).
    /// </exception>
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
        InputChecks.EnsureCovarianceFits(model, options);
        int noiseRows = InputChecks.NoiseRows(model, noise, rows.Count, nu);
        double ratio = (double)noiseRows / rows.Count;
        rows = InputChecks.WithNoise(rows, noise, ratio, options, cancellation);
        double[] theta = FitSteps.Start(model, rows, options);
        RowSet drawn = FitSteps.DrawNoise(noise, noiseRows, ratio, options, cancellation);
        var objective = new NceObjective(model, rows, drawn, options.Threads, cancellation);
        double[] point = [.. theta, StartOfC(model, drawn, ratio, theta, options, cancellation)];
        Minimum end = options.Stochastic is null
            ? FullBatch.Minimize(objective, point, options, clock)
            : Stochastic(objective, new StochasticSearch(model, rows, noise, ratio, options, clock, cancellation), point, options.Stochastic, clock);
        theta = end.Point[..^1];
        double c = end.Point[^1];
        double[]? covariance = options.StandardErrors ? AsymptoticCovariance.Compute(model, rows, drawn, theta, c, options, cancellation) : null;
        return new Estimate(theta, c, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, rows.Count, noiseRows, covariance, clock.Seconds);
    }

    private static Minimum Stochastic(NceObjective objective, StochasticSearch search, double[] point, StochasticOptions steps, FitClock clock)
    {
        var gradient = new double[point.Length];
        double before = objective.Evaluate(point, gradient);
        clock.Evaluated(before, gradient.Max(Math.Abs));
        int epochs = search.Run(point);
        double value = objective.Evaluate(point, gradient), norm = gradient.Max(Math.Abs);
        clock.Evaluated(value, norm);
        if (!(value <= before))
            Throw.Usage($"The objective went from {before:G6} to {value:G6} nats a data row: the fit diverged. Lower {nameof(StochasticOptions.LearningRate)} (now {steps.LearningRate}).");
        return new Minimum(point, value, norm, Convergence.ScheduleEnd, epochs, clock.Evaluations);
    }

    // As far as the noise can tell, the model is normalised at the start.
    private static double StartOfC(UnnormalizedModel model, RowSet noise, double nu, double[] theta, EstimationOptions options, CancellationToken cancellation)
    {
        double logZ = new SampledNormalizer(model, noise, options.Threads, cancellation).LogZ(theta, default) + Math.Log(nu);
        return double.IsFinite(logZ) ? -logZ : 0;
    }
}
