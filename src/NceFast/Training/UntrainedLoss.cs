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
        ObjectiveTraits objective = spec.Objective.Traits();
        if (!objective.HasBiases)
            return (1 + spec.K) * objective.Loss(0, 0);
        var kept = new double[counts.Length];
        for (int w = 0; w < kept.Length; w++)
            kept[w] = Math.Max(counts[w], 0.5) * (spec.KeepLimits[w] + 1.0);
        return OfContrast(objective, counts, kept, spec.Noise.Probabilities, spec.K, spec.LogZ);
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
        ObjectiveTraits objective = spec.Objective.Traits();
        if (objective.CancelsNormalizer)
            return OfRanking(objective, counts, weights, spec.Noise.Probabilities, spec.NoiseSetSize) + (2 * FirstScore(spec.Shape));
        return objective.IsBinary
            ? OfContrast(objective, counts, weights, spec.Noise.Probabilities, spec.K, 0) + ((1 + spec.K) * FirstScore(spec.Shape))
            : weights.Sum(w => w / total * Math.Log(total / w)) + (2 * FirstScore(spec.Shape)); // the entropy of single words
    }

    // Scores begin near 0, but the sum of a thousand equal rows is long. Both kinds of rows are uniform in +-0.05.
    private static double FirstScore(LanguageModelShape shape) =>
        shape.PlaceWeights == PlaceWeightKind.None ? shape.Places * 0.05 * 0.05 / 3 * Math.Sqrt(shape.Dim) : 0;

    // The loss over observed words and noise words when all scores are 0. Biases begin at log p(w).
    private static double OfContrast(ObjectiveTraits objective, ReadOnlySpan<long> counts, double[] observed, ReadOnlySpan<double> noise, int k, double logZ)
    {
        double total = 0, weight = observed.Sum(), loss = 0;
        foreach (long count in counts)
            total += count;
        for (int w = 0; w < observed.Length; w++)
        {
            double logit = objective.Offset(Logit.Shift(Math.Log(Math.Max(counts[w], 0.5) / total), logZ), Math.Log(k * noise[w]));
            loss += (observed[w] / weight * objective.Loss(logit, 1.0)) + (k * noise[w] * objective.Loss(logit, 0.0));
        }

        return loss;
    }

    // The same for a softmax over the observed word and n noise words. The sum over the noise words is 1 on average, as biases begin at log p(w).
    private static double OfRanking(ObjectiveTraits objective, ReadOnlySpan<long> counts, double[] observed, ReadOnlySpan<double> noise, int n)
    {
        double total = 0, weight = observed.Sum(), loss = 0;
        foreach (long count in counts)
            total += count;
        for (int w = 0; w < observed.Length; w++)
        {
            double logit = objective.Offset(Math.Log(Math.Max(counts[w], 0.5) / total), Math.Log(n * noise[w]));
            loss += observed[w] / weight * Softmax.Loss(Softmax.LogZ([logit, 0]), logit, 0);
        }

        return loss;
    }
}
