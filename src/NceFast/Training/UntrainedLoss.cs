using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Training;

/// <summary>Computes the expected loss of a model before training, in nats per prediction. Its scores are 0 except for the biases.</summary>
internal static class UntrainedLoss
{
    /// <summary>Computes the loss of word vectors.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    public static double Of(WordVectorSpec spec, ReadOnlySpan<long> counts)
    {
        if (spec.Objective == ObjectiveKind.Neg)
            return (1 + spec.K) * BinaryLogistic.Softplus(0.0);
        var kept = new double[counts.Length];
        for (int w = 0; w < kept.Length; w++)
            kept[w] = Math.Max(counts[w], 0.5) * (spec.KeepLimits[w] + 1.0);
        return OfContrast(counts, kept, spec.Noise.Probabilities, spec.K, spec.LogZ);
    }

    /// <summary>Computes the loss of a language model.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    public static double Of(LanguageModelSpec spec, ReadOnlySpan<long> counts)
    {
        var weights = new double[counts.Length];
        for (int w = 0; w < weights.Length; w++)
            weights[w] = Math.Max(counts[w], 0.5);
        double total = weights.Sum();
        return spec.Objective switch
        {
            LanguageObjective.Nce => OfContrast(counts, weights, spec.Noise.Probabilities, spec.K, 0) + ((1 + spec.K) * FirstScore(spec.Shape)),
            LanguageObjective.Neg => OfContrast(counts, weights, spec.Noise.Probabilities, spec.K, 0, subtractsNoise: false) + ((1 + spec.K) * FirstScore(spec.Shape)),
            _ => weights.Sum(w => w / total * Math.Log(total / w)) + (2 * FirstScore(spec.Shape)), // the entropy of single words
        };
    }

    // Scores begin near 0, but the sum of a thousand equal rows is long. Both kinds of rows are uniform in +-0.05.
    private static double FirstScore(LanguageModelShape shape) =>
        shape.Position == PositionKind.None ? shape.Places * 0.05 * 0.05 / 3 * Math.Sqrt(shape.Dim) : 0;

    // D(w) = log p(w) - log Z - log(k p_n(w)), the last only for NCE, weighed over observed words and noise words. Biases begin at log p(w).
    private static double OfContrast(ReadOnlySpan<long> counts, double[] observed, ReadOnlySpan<double> noise, int k, double logZ, bool subtractsNoise = true)
    {
        double total = 0, weight = observed.Sum(), loss = 0;
        foreach (long count in counts)
            total += count;
        for (int w = 0; w < observed.Length; w++)
        {
            double logit = Math.Log(Math.Max(counts[w], 0.5) / total) - logZ - (subtractsNoise ? Math.Log(k * noise[w]) : 0);
            loss += (observed[w] / weight * BinaryLogistic.Loss(logit, 1.0)) + (k * noise[w] * BinaryLogistic.Loss(logit, 0.0));
        }

        return loss;
    }
}
