using NceFast.Numerics;
using NceFast.Training;

namespace NceFast.Estimation;

/// <summary>How a fit is done.</summary>
public sealed record EstimationOptions
{
    /// <summary>Theta at the start: <c>[parameters]</c>; null for the model's own choice.</summary>
    public double[]? Start { get; init; }

    /// <summary>Seed of noise rows and of the order of rows.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Most threads. The result does not depend on it.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most iterations of L-BFGS.</summary>
    public int MaxIterations { get; init; } = 1000;

    /// <summary>The fit has converged when no derivative, times the larger of its parameter and 1, exceeds this; nats a data row.</summary>
    public double GradientTolerance { get; init; } = 1e-6;

    /// <summary>Whether the covariance of the estimate is computed, which takes parameters^2 operations a row.</summary>
    public bool StandardErrors { get; init; } = true;

    /// <summary>Whether the model's gradient is first compared with finite differences, see <see cref="GradientCheck"/>.</summary>
    public bool CheckGradient { get; init; }

    /// <summary>Stochastic steps in place of full batches; null for full batches.</summary>
    public StochasticOptions? Stochastic { get; init; }

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(EstimationOptions.Threads), Threads, 1, 1024);
        Throw.UnlessInRange(nameof(EstimationOptions.MaxIterations), MaxIterations, 1, 1_000_000);
        Throw.UnlessInRange(nameof(EstimationOptions.GradientTolerance), GradientTolerance, 1e-12, 1);
        Stochastic?.Validate();
    }
}

/// <summary>Steps over small batches of data, each with noise drawn afresh.</summary>
public sealed record StochasticOptions
{
    /// <summary>Passes over the data.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Data rows a step; nu times as many noise rows are drawn for it.</summary>
    public int BatchRows { get; init; } = 128;

    /// <summary>Learning rate at the start.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>
    /// How the rate falls: linearly to 1e-4 of it; halved when an epoch's mean loss does not fall (its exponential takes the
    /// place of the perplexity in <see cref="HalvingSchedule"/>); or divided by the root of each parameter's summed squares.
    /// </summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Linear;

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(StochasticOptions.Epochs), Epochs, 1, 1_000_000);
        Throw.UnlessInRange(nameof(StochasticOptions.BatchRows), BatchRows, 1, 1 << 24);
        Throw.UnlessInRange(nameof(StochasticOptions.LearningRate), LearningRate, 1e-12, 1e6);
    }
}
