namespace NceFast.Evaluation;

/// <summary>Compares the conditional distribution of a model with the true one. Means are weighted by the true frequency of the context.</summary>
/// <param name="TrueEntropy">The conditional entropy of the true distribution, nats. No model can have a lower cross-entropy.</param>
/// <param name="CrossEntropy">The cross-entropy of the model, normalised exactly over the whole vocabulary, nats.</param>
/// <param name="UnnormalizedCrossEntropy">The cross-entropy with the trained log Z instead of the exact one, nats.</param>
/// <param name="LogZBias">The mean of exact minus trained log Z, nats.</param>
/// <param name="LogZDeviation">The standard deviation of exact minus trained log Z, nats.</param>
/// <param name="LogZLargestError">The largest absolute difference between exact and trained log Z, nats.</param>
public sealed record ConditionalResult(
    double TrueEntropy, double CrossEntropy, double UnnormalizedCrossEntropy, double LogZBias, double LogZDeviation, double LogZLargestError)
{
    /// <summary>Gets the Kullback-Leibler divergence of the model from the true distribution, nats, at least 0.</summary>
    public double Gap => CrossEntropy - TrueEntropy;
}
