namespace NceFast.Sampling;

/// <summary>Specifies the distribution of noise words.</summary>
public enum NoiseKind
{
    /// <summary>By frequency, raised to a power and normalised.</summary>
    Unigram,

    /// <summary>All words are equally likely.</summary>
    Uniform,

    /// <summary>By how often a word follows the previous one, interpolated with <see cref="Unigram"/>. Only language models have it.</summary>
    Bigram,
}

/// <summary>
/// Represents the noise distribution p_n over the vocabulary: its alias table and its probabilities. The probabilities are those
/// after the power and the normalisation, which NCE needs for log p_n(w) in its logit.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class NoiseDistribution
{
    private readonly double[] _probabilities;

    private NoiseDistribution(double[] weights)
    {
        // A word that does not occur in the text must still be possible as noise, because its logit contains log p_n(w).
        double floor = weights.Where(w => w > 0).DefaultIfEmpty(1).Min() * 1e-3;
        for (int i = 0; i < weights.Length; i++)
            weights[i] = Math.Max(weights[i], floor);
        Table = new AliasTable(weights);
        double sum = weights.Sum();
        _probabilities = Array.ConvertAll(weights, w => w / sum);
    }

    /// <summary>Gets the table that draws noise words.</summary>
    internal AliasTable Table { get; }

    /// <summary>Gets p_n(w) in double precision: <c>[words]</c>, all above 0, sum 1. The memory never changes.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>Creates a distribution from word counts.</summary>
    /// <param name="kind">The kind of distribution.</param>
    /// <param name="counts">The number of occurrences of each word: <c>[words]</c>.</param>
    /// <param name="power">The exponent of the counts for <see cref="NoiseKind.Unigram"/>, which is also a part of <see cref="NoiseKind.Bigram"/>. word2vec uses 0.75.</param>
    public static NoiseDistribution Create(NoiseKind kind, ReadOnlySpan<long> counts, double power)
    {
        var weights = new double[counts.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = kind == NoiseKind.Uniform ? 1 : Math.Pow(counts[i], power);
        return new NoiseDistribution(weights);
    }

    /// <summary>Creates a distribution from weights that the user supplies: <c>[words]</c>.</summary>
    public static NoiseDistribution FromWeights(ReadOnlySpan<double> weights) => new(weights.ToArray());

    /// <summary>Computes log(k p_n(w)) for each word, which NCE subtracts from the score: <c>[words]</c>, nats.</summary>
    /// <param name="k">The number of noise words per data word.</param>
    public float[] LogKTimesProbability(double k) => Array.ConvertAll(_probabilities, p => (float)(Math.Log(k) + Math.Log(p)));
}
