namespace NceFast.Estimation;

/// <summary>Why a search ended.</summary>
public enum Convergence
{
    /// <summary>The gradient is within the tolerance.</summary>
    Gradient,

    /// <summary>Steps no longer lower the objective by what data could tell, yet the gradient is above the tolerance: the usual end at kinks, such as those of Laplacian sources.</summary>
    NoProgress,

    /// <summary>The limit of iterations was reached: not converged.</summary>
    IterationLimit,

    /// <summary>The stochastic schedule ran out.</summary>
    ScheduleEnd,
}

/// <summary>What a fit found.</summary>
/// <param name="Theta">Parameters: <c>[parameters]</c>.</param>
/// <param name="C">c, the estimate of -log Z: log p(x) = log phi(x; theta) + c; nats.</param>
/// <param name="Objective">What was minimised, at the estimate: for NCE -J_T of Gutmann and Hyvarinen 2012, equation 8; nats a data row.</param>
/// <param name="GradientNorm">Largest absolute derivative there.</param>
/// <param name="Convergence">Why the search ended.</param>
/// <param name="Iterations">Iterations, or epochs of a stochastic fit.</param>
/// <param name="Evaluations">Passes over data and noise.</param>
/// <param name="DataRows">T_d.</param>
/// <param name="NoiseRows">T_n, the number nearest to nu T_d; 0 for maximum likelihood.</param>
/// <param name="Covariance">Asymptotic covariance of (theta, c): <c>[parameters + 1, parameters + 1]</c> in row order; null when it was not asked for or has no formula here.</param>
/// <param name="Seconds">Time of the whole fit.</param>
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
    /// <summary>Standard errors of (theta, c): <c>[parameters + 1]</c>; null without a covariance.</summary>
    public double[]? StandardErrors =>
        Covariance is null ? null : [.. Enumerable.Range(0, Theta.Length + 1).Select(i => Math.Sqrt(Covariance[i * (Theta.Length + 2)]))];
}

/// <summary>How far a fit is.</summary>
/// <param name="Iterations">Iterations or epochs begun.</param>
/// <param name="Evaluations">Passes over data and noise.</param>
/// <param name="Objective">Objective of the last pass, nats a data row.</param>
/// <param name="GradientNorm">Largest absolute derivative of it.</param>
/// <param name="Elapsed">Time since the start.</param>
public readonly record struct EstimationProgress(int Iterations, int Evaluations, double Objective, double GradientNorm, TimeSpan Elapsed);
