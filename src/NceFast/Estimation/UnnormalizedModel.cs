namespace NceFast.Estimation;

/// <summary>
/// A density known up to its normaliser: log p(x; theta) = log phi(x; theta) + c, where c stands for -log Z and is
/// estimated like any other parameter (Gutmann and Hyvarinen 2012, equation 3). Instances hold no state that
/// <see cref="Evaluate"/> changes: several threads call it at once.
/// </summary>
public abstract class UnnormalizedModel
{
    /// <summary>Values a row.</summary>
    public abstract int Dim { get; }

    /// <summary>Length of theta, c not counted.</summary>
    public abstract int ParameterCount { get; }

    /// <summary>Computes log phi(x; theta) and its gradient by theta for a batch of rows.</summary>
    /// <param name="rows">x: <c>[batch, dim]</c>.</param>
    /// <param name="theta">Parameters: <c>[parameters]</c>.</param>
    /// <param name="logPhi">Destination of log phi, nats: <c>[batch]</c>. Negative infinity says that a row is impossible.</param>
    /// <param name="gradient">Destination of the gradients: <c>[batch, parameters]</c>, not cleared; empty when none is wanted.</param>
    public abstract void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient);

    /// <summary>Chooses where the search begins; zeros unless a model knows better.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c>, all finite.</param>
    /// <param name="theta">Destination: <c>[parameters]</c>.</param>
    /// <exception cref="NceFastException">The model cannot describe such data.</exception>
    public virtual void Start(ReadOnlySpan<double> data, Span<double> theta) => theta.Clear();

    /// <summary>What parameter <paramref name="index"/> is called in messages.</summary>
    /// <param name="index">Place in theta.</param>
    public virtual string ParameterName(int index) => $"theta[{index}]";
}

/// <summary>A model whose normaliser is known, so that maximum likelihood is possible.</summary>
public interface ITractableModel
{
    /// <summary>log Z(theta) = log of the integral of phi, nats.</summary>
    /// <param name="theta">Parameters: <c>[parameters]</c>.</param>
    /// <param name="gradient">Destination of its gradient: <c>[parameters]</c>, not written where log Z is infinite; empty when none is wanted.</param>
    /// <returns>log Z; positive infinity where phi has no finite integral.</returns>
    double LogZ(ReadOnlySpan<double> theta, Span<double> gradient);
}
