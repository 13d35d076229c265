using NceFast.Numerics;
using NceFast.Training;

namespace NceFast.Estimation;

/// <summary>Represents the options of a fit.</summary>
public sealed record EstimationOptions
{
    /// <summary>Gets theta at the start: <c>[parameters]</c>; null to let the model choose it.</summary>
    public double[]? Start { get; init; }

    /// <summary>Gets the seed of the noise rows and of the order of data rows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Gets the maximum number of threads. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Gets the maximum number of L-BFGS iterations.</summary>
    public int MaxIterations { get; init; } = 1000;

    /// <summary>Gets the tolerance of the gradient, nats per data row. The fit has converged when max_i |g_i| max(1, |theta_i|) / max(1, |objective|) is below it.</summary>
    public double GradientTolerance { get; init; } = 1e-6;

    /// <summary>Gets whether the covariance of the estimate is computed, which takes parameters^2 operations per row.</summary>
    public bool StandardErrors { get; init; } = true;

    /// <summary>Gets whether the gradient of the model is first compared with finite differences by <see cref="GradientCheck"/>.</summary>
    public bool CheckGradient { get; init; }

    /// <summary>Gets the options of stochastic steps; null to use all data in every step.</summary>
    public StochasticOptions? Stochastic { get; init; }

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(EstimationOptions.Threads), Threads, 1, 1024);
        Throw.UnlessInRange(nameof(EstimationOptions.MaxIterations), MaxIterations, 1, 1_000_000);
        Throw.UnlessInRange(nameof(EstimationOptions.GradientTolerance), GradientTolerance, 1e-12, 1);
        Stochastic?.Validate();
    }
}

/// <summary>Represents the options of stochastic steps. Each step uses a small batch of data rows and newly drawn noise.</summary>
public sealed record StochasticOptions
{
    /// <summary>Gets the number of passes over the data.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Gets the number of data rows per step. Each step draws nu times as many noise rows.</summary>
    public int BatchRows { get; init; } = 128;

    /// <summary>Gets the initial learning rate.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>
    /// Gets how the learning rate decreases: linearly to 1e-4 of the initial rate; by halving it when the mean loss of an epoch
    /// does not decrease (<see cref="HalvingSchedule"/> then uses exp(loss) as the perplexity); or AdaGrad, which divides it by
    /// the square root of the sum of squared derivatives of each parameter.
    /// </summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Linear;

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(StochasticOptions.Epochs), Epochs, 1, 1_000_000);
        Throw.UnlessInRange(nameof(StochasticOptions.BatchRows), BatchRows, 1, 1 << 24);
        Throw.UnlessInRange(nameof(StochasticOptions.LearningRate), LearningRate, 1e-12, 1e6);
    }
}
