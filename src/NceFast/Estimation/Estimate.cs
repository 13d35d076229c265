namespace NceFast.Estimation;

/// <summary>Specifies why a search ended.</summary>
public enum Convergence
{
    /// <summary>The gradient is within the tolerance.</summary>
    Gradient,

    /// <summary>The last steps reduced the objective by less than is statistically significant, but the gradient is above the tolerance. This is the usual end at kinks, such as those of Laplacian sources.</summary>
    NoProgress,

    /// <summary>The maximum number of iterations was reached. The fit has not converged.</summary>
    IterationLimit,

    /// <summary>All steps of the stochastic schedule were done.</summary>
    ScheduleEnd,
}

/// <summary>Represents the result of a fit.</summary>
/// <param name="Theta">The parameters: <c>[parameters]</c>.</param>
/// <param name="C">c, the estimate of -log Z: log p(x) = log phi(x; theta) + c; nats. NaN if the estimator does not estimate it.</param>
/// <param name="Objective">The value of the minimised objective at the estimate, nats per data row. For NCE it is -J_T of Gutmann and Hyvarinen 2012, equation 8.</param>
/// <param name="GradientNorm">The largest absolute derivative at the estimate.</param>
/// <param name="Convergence">Why the search ended.</param>
/// <param name="Iterations">The number of iterations, or of epochs in a stochastic fit.</param>
/// <param name="Evaluations">The number of passes over data and noise.</param>
/// <param name="DataRows">T_d, the number of data rows.</param>
/// <param name="NoiseRows">T_n, the number of noise rows: the whole number nearest to nu T_d, or 0 for maximum likelihood.</param>
/// <param name="Covariance">The asymptotic covariance of (theta, c): <c>[parameters + 1, parameters + 1]</c> in row order; null if it was not requested or is not available for the estimator. The last row and column are NaN if c is.</param>
/// <param name="Seconds">The time of the whole fit, seconds.</param>
public sealed record Estimate(
    double[] Theta,
    double C,
    double Objective,
    double GradientNorm,
    Convergence Convergence,
    int Iterations,
    int Evaluations,
    int DataRows,
    int NoiseRows,
    double[]? Covariance,
    double Seconds)
{
    /// <summary>Gets the standard errors of (theta, c): <c>[parameters + 1]</c>; null without a covariance.</summary>
    public double[]? StandardErrors =>
        Covariance is null ? null : [.. Enumerable.Range(0, Theta.Length + 1).Select(i => Math.Sqrt(Covariance[i * (Theta.Length + 2)]))];

    /// <summary>
    /// Gets the condition number of the information matrix at the estimate, which is the limit of the Hessian of the objective. The
    /// matrix is scaled to a unit diagonal, so that the number does not depend on the units of the parameters. It is null without a
    /// covariance.
    /// </summary>
    public double? ConditionNumber { get; init; }

    /// <summary>
    /// Gets the share of the information about c that the noise leaves: (1 + 1/nu) E(nu p_n / (p_d + nu p_n)) over the data, in the
    /// interval (0, 1]. It is 1 if the noise has the distribution of the data, and it falls exponentially with the dimension for noise
    /// that has only the moments of the data (Lee, Pabbaraju, Sevekari and Risteski 2022, arXiv 2210.00189). It is null for estimators
    /// that do not use a noise density.
    /// </summary>
    public double? NoiseOverlap { get; init; }

    /// <summary>Gets the scale of the perturbations in standard deviations of each column; null unless the estimator is <see cref="ConditionalNce"/>.</summary>
    public double? PerturbationScale { get; init; }

    /// <summary>Gets the reasons why the estimate may be unreliable. The list is empty if none was found.</summary>
    public IReadOnlyList<EstimationWarning> Warnings { get; init; } = [];
}

/// <summary>Represents the progress of a fit.</summary>
/// <param name="Iterations">The number of iterations or epochs so far.</param>
/// <param name="Evaluations">The number of passes over data and noise.</param>
/// <param name="Objective">The objective of the last pass, nats per data row.</param>
/// <param name="GradientNorm">The largest absolute derivative of the objective.</param>
/// <param name="Elapsed">The time since the start.</param>
public readonly record struct EstimationProgress(int Iterations, int Evaluations, double Objective, double GradientNorm, TimeSpan Elapsed);
