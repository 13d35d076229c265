namespace NceFast.Estimation;

/// <summary>
/// Represents a density that is known up to its normaliser: log p(x; theta) = log phi(x; theta) + c, where c represents -log Z
/// and is estimated like any other parameter (Gutmann and Hyvarinen 2012, equation 3). <see cref="Evaluate"/> must not change
/// the state of an instance, because several threads call it at the same time.
/// </summary>
public abstract class UnnormalizedModel
{
    /// <summary>Gets the number of values per row.</summary>
    public abstract int Dim { get; }

    /// <summary>Gets the length of theta, without c.</summary>
    public abstract int ParameterCount { get; }

    /// <summary>Computes log phi(x; theta) and its gradient by theta for a batch of rows.</summary>
    /// <param name="rows">x: <c>[batch, dim]</c>.</param>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    /// <param name="logPhi">The destination of log phi, nats: <c>[batch]</c>. Negative infinity means that the row has probability 0.</param>
    /// <param name="gradient">The destination of the gradients: <c>[batch, parameters]</c>. It is not cleared before the call. It is empty if no gradient is needed.</param>
    public abstract void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient);

    /// <summary>Chooses theta at the start of the search. The default is 0.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c>, all finite.</param>
    /// <param name="theta">The destination: <c>[parameters]</c>.</param>
    /// <exception cref="NceFastException">The model cannot represent the data.</exception>
    public virtual void Start(ReadOnlySpan<double> data, Span<double> theta) => theta.Clear();

    /// <summary>Gets the name of a parameter for messages.</summary>
    /// <param name="index">The index of the parameter in theta.</param>
    public virtual string ParameterName(int index) => $"theta[{index}]";
}

/// <summary>Defines a model whose normaliser is known, so that maximum likelihood is possible.</summary>
public interface ITractableModel
{
    /// <summary>Computes log Z(theta), the log of the integral of phi, nats.</summary>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    /// <param name="gradient">The destination of the gradient of log Z: <c>[parameters]</c>. It is empty if no gradient is needed, and it need not be written if log Z is infinite.</param>
    /// <returns>log Z, or positive infinity if phi has no finite integral.</returns>
    double LogZ(ReadOnlySpan<double> theta, Span<double> gradient);
}
