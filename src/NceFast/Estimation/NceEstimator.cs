using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Fits unnormalised models by noise-contrastive estimation (Gutmann and Hyvarinen 2010; 2012). Learning to distinguish data from
/// noise with a known density gives both the parameters and the normaliser.
/// </summary>
public static class NceEstimator
{
    /// <summary>Fits theta and c.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c> in row order. They are not changed and must not change during the fit.</param>
    /// <param name="model">The model.</param>
    /// <param name="noise">The noise.</param>
    /// <param name="nu">The number of noise rows per data row, above 0. As it grows, the error decreases towards that of maximum likelihood.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="progress">Receives a report after each pass over data and noise, or after each stochastic step, on the calling thread.</param>
    /// <param name="cancellation">A token that stops the fit.</param>
    /// <returns>The estimate.</returns>
    /// <exception cref="NceFastException">
    /// The options or nu are invalid, or the gradient of the model is wrong (<see cref="ErrorKind.Usage"/>); values are not finite,
    /// there are fewer rows than unknowns, the noise has no mass at a data row, or the data are singular
    /// (<see cref="ErrorKind.Input"/>); there are too many noise rows or unknowns (<see cref="ErrorKind.Memory"/>).
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
        double overlap = Overlap.Compute(model, rows, drawn, theta, c, options.Threads, cancellation);
        Precision? precision = options.StandardErrors ? AsymptoticCovariance.Compute(model, rows, drawn, theta, c, options, cancellation) : null;
        return new Estimate(theta, c, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, rows.Count, noiseRows, precision?.Covariance, clock.Seconds)
        {
            ConditionNumber = precision?.ConditionNumber,
            NoiseOverlap = overlap,
            Warnings = FitWarnings.Find(noise, overlap, ratio, rows.Count, theta.Length + 1, precision?.ConditionNumber),
        };
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
            Throw.Usage($"The fit diverged: the objective increased from {before:G6} to {value:G6} nats per data row. Reduce {nameof(StochasticOptions.LearningRate)} (now {steps.LearningRate}).");
        return new Minimum(point, value, norm, Convergence.ScheduleEnd, epochs, clock.Evaluations);
    }

    // Chooses c so that the model is normalised at the start, according to an estimate of Z from the noise rows.
    private static double StartOfC(UnnormalizedModel model, RowSet noise, double nu, double[] theta, EstimationOptions options, CancellationToken cancellation)
    {
        double logZ = new SampledNormalizer(model, noise, options.Threads, cancellation).LogZ(theta, default) + Math.Log(nu);
        return double.IsFinite(logZ) ? -logZ : 0;
    }
}
