using NceFast.Models;

namespace NceFast.Backends;

/// <summary>Represents a model that is to be put on a device.</summary>
/// <param name="Spec">The model.</param>
/// <param name="Parameters">The parameters in host memory, which the caller owns. They belong to the same kind of model as <paramref name="Spec"/>.</param>
/// <param name="Threads">Host threads that may be used.</param>
/// <param name="LearningRate">Learning rate at the start.</param>
/// <param name="Kernels">Vector width of the host by name; null for the best.</param>
public sealed record BackendRequest(ModelSpec Spec, ModelParameters Parameters, int Threads, float LearningRate, string? Kernels)
{
    /// <summary>
    /// Gets the function that says whether the training continues after a block whose loss is not a finite number. It does when
    /// the caller can go back to earlier parameters.
    /// </summary>
    public Func<bool> ToleratesDivergence { get; init; } = () => false;

    /// <summary>Gets the error for a kind of model that a device cannot train, or for parameters of another kind.</summary>
    public ArgumentException Mismatch() => new($"{Spec.GetType().Name} with {Parameters.GetType().Name} is not a model of this backend.");
}
