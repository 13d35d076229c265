using NceFast.Estimation.Internals;

namespace NceFast.Estimation;

/// <summary>Fits models whose normaliser is known by maximum likelihood. Noise-contrastive estimation converges to this estimate as nu grows.</summary>
public static class MaximumLikelihood
{
    /// <summary>Fits theta. c is minus log Z of the model at theta.</summary>
    /// <typeparam name="TModel">The type of the model.</typeparam>
    /// <param name="data">The data: <c>[rows, dim]</c> in row order.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The options; null for the defaults. Stochastic steps are not supported.</param>
    /// <param name="progress">Receives a report after each pass over the data, on the calling thread.</param>
    /// <param name="cancellation">A token that stops the fit.</param>
    /// <returns>The estimate. Its objective is minus the mean log-likelihood.</returns>
    /// <exception cref="NceFastException">The same conditions as for <see cref="NceEstimator.Fit"/>.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Estimate Fit<TModel>(
        ReadOnlyMemory<double> data,
        TModel model,
        EstimationOptions? options = null,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellation = default)
        where TModel : UnnormalizedModel, ITractableModel
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EstimationOptions();
        options.Validate();
        var clock = new FitClock(progress);
        RowSet rows = InputChecks.Data(model, data);
        InputChecks.EnsureCovarianceFits(model, options);
        double[] start = FitSteps.Start(model, rows, options);
        Minimum end = FullBatch.Minimize(new LikelihoodObjective(model, new ExactNormalizer(model), rows, options.Threads, cancellation), start, options, clock);
        double c = -model.LogZ(end.Point, default);
        Precision? precision = options.StandardErrors ? AsymptoticCovariance.Compute(model, rows, null, end.Point, c, options, cancellation) : null;
        return new Estimate(end.Point, c, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, rows.Count, 0, precision?.Covariance, clock.Seconds)
        {
            ConditionNumber = precision?.ConditionNumber,
            Warnings = FitWarnings.OfCondition(precision?.ConditionNumber),
        };
    }
}
