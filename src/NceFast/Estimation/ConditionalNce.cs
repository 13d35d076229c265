using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Fits unnormalised models of continuous data by conditional noise-contrastive estimation (Ceylan and Gutmann 2018). The noise is the
/// data themselves, perturbed by a symmetric kernel, so that no noise has to be designed and the normaliser cancels:
/// <c>J(theta) = 2 / (k T_d) SUM_ij log(1 + exp(-G_ij))</c> with <c>G_ij = log phi(x_i; theta) - log phi(x_i + e_ij; theta)</c>. For
/// small perturbations it becomes score matching.
/// </summary>
public static class ConditionalNce
{
    /// <summary>
    /// Fits theta. The perturbation e_ij is Gaussian with independent columns, whose standard deviations are
    /// <paramref name="scale"/> times those of the data. Each even perturbation of a row is minus the one before it, which
    /// removes the noise of first order in the scale. c is not estimated; <see cref="AnnealedNce"/> estimates log Z for the theta that
    /// is found. The covariance is H^-1 V H^-1 / T_d with the Hessian H and the covariance V of the gradients of the data rows.
    /// </summary>
    /// <param name="data">The data: <c>[rows, dim]</c> in row order. They are not changed and must not change during the fit.</param>
    /// <param name="model">The model.</param>
    /// <param name="perturbations">k, the number of perturbed rows per data row.</param>
    /// <param name="scale">
    /// The scale of the perturbations, above 0; null to choose it. The chosen scale is the smallest of 0.05, 0.1, 0.2, ..., 1.6 at which
    /// the fitted loss is below 90 % of its trivial value of 2 log 2, which it has for perturbations that are too small to be
    /// recognised. A fit with two perturbations per row decides at each scale.
    /// </param>
    /// <param name="options">The options; null for the defaults. Stochastic steps are not supported.</param>
    /// <param name="progress">Receives a report after each pass over data and perturbed rows, on the calling thread.</param>
    /// <param name="cancellation">A token that stops the fit.</param>
    /// <returns>The estimate. Its c is NaN, and its objective is J.</returns>
    /// <exception cref="NceFastException">
    /// The options, the number of perturbations or the scale are invalid, or the gradient of the model is wrong
    /// (<see cref="ErrorKind.Usage"/>); values are not finite, a column is constant, there are fewer rows than unknowns, or the model
    /// gives probability 0 to every perturbed row (<see cref="ErrorKind.Input"/>); there are too many rows or unknowns
    /// (<see cref="ErrorKind.Memory"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public static Estimate Fit(
        ReadOnlyMemory<double> data,
        UnnormalizedModel model,
        int perturbations = 10,
        double? scale = null,
        EstimationOptions? options = null,
        IProgress<EstimationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EstimationOptions();
        options.Validate();
        InputChecks.RejectStochastic(options, nameof(ConditionalNce));
        Throw.UnlessInRange(nameof(perturbations), perturbations, 1, 1 << 16);
        if (scale is { } given)
            Throw.UnlessInRange(nameof(scale), given, 1e-6, 1e6);
        var clock = new FitClock(progress);
        RowSet rows = InputChecks.Data(model, data);
        InputChecks.EnsureCovarianceFits(model, options);
        var kernel = PerturbationKernel.Of(rows, model.Dim);
        kernel.EnsureFits(perturbations);
        double[] theta = FitSteps.Start(model, rows, options);
        var warnings = new List<EstimationWarning>();
        double chosen = scale ?? kernel.ChooseScale(model, theta, options, clock, warnings, cancellation);
        PerturbedRows groups = kernel.Draw(perturbations, chosen, options, cancellation);
        groups.EnsurePossible(model, theta);
        Minimum end = kernel.Minimize(model, groups, theta, options, clock, cancellation);
        Precision? precision = options.StandardErrors ? ConditionalCovariance.Compute(model, groups, end.Point, options, cancellation) : null;
        warnings.AddRange(FitWarnings.OfCondition(precision?.ConditionNumber));
        return new Estimate(end.Point, double.NaN, end.Value, end.GradientNorm, end.Convergence, end.Iterations, end.Evaluations, rows.Count, rows.Count * perturbations, precision?.Covariance, clock.Seconds)
        {
            ConditionNumber = precision?.ConditionNumber,
            PerturbationScale = chosen,
            Warnings = warnings,
        };
    }
}
