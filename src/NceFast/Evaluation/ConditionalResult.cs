namespace NceFast.Evaluation;

/// <summary>A model's conditional distribution beside the true one; means are weighted by the true frequency of the context.</summary>
/// <param name="TrueEntropy">Conditional entropy of the truth: no model can do better; nats.</param>
/// <param name="CrossEntropy">Cross-entropy of the model after exact normalisation over the whole vocabulary, nats.</param>
/// <param name="UnnormalizedCrossEntropy">The same with log Z as it was trained in place of the exact one, nats.</param>
/// <param name="LogZBias">Mean of exact minus trained log Z, nats.</param>
/// <param name="LogZDeviation">Standard deviation of exact minus trained log Z, nats.</param>
/// <param name="LogZLargestError">Largest absolute difference of exact and trained log Z, nats.</param>
public sealed record ConditionalResult(
    double TrueEntropy, double CrossEntropy, double UnnormalizedCrossEntropy, double LogZBias, double LogZDeviation, double LogZLargestError)
{
    /// <summary>Divergence of the model from the truth, nats, at least 0.</summary>
    public double Gap => CrossEntropy - TrueEntropy;
}
