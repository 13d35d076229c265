namespace NceFast.Sampling;

/// <summary>How noise words are drawn.</summary>
public enum NoiseKind
{
    /// <summary>By frequency, raised to a power and renormalised.</summary>
    Unigram,

    /// <summary>All words alike.</summary>
    Uniform,
}

/// <summary>
/// The noise distribution p_n over the vocabulary: its alias table, and log p_n(w) of the distribution that is really
/// drawn from (unigram^power after renormalising), which true NCE needs in its logit.
/// </summary>
public sealed class NoiseDistribution
{
    private readonly double[] _probabilities;

    private NoiseDistribution(double[] weights)
    {
        // A word that occurs in no text still has to be possible as noise: its logit holds log p_n(w).
        double floor = weights.Where(w => w > 0).DefaultIfEmpty(1).Min() * 1e-3;
        for (int i = 0; i < weights.Length; i++)
            weights[i] = Math.Max(weights[i], floor);
        Table = new AliasTable(weights);
        double sum = weights.Sum();
        _probabilities = Array.ConvertAll(weights, w => w / sum);
    }

    /// <summary>The sampler.</summary>
    internal AliasTable Table { get; }

    /// <summary>p_n(w) in double: <c>[words]</c>, all above 0, sum 1; managed memory that never changes.</summary>
    public ReadOnlySpan<double> Probabilities => _probabilities;

    /// <summary>Makes a distribution from word counts.</summary>
    /// <param name="kind">Unigram or uniform.</param>
    /// <param name="counts">Occurrences a word: <c>[words]</c>.</param>
    /// <param name="power">Exponent of the counts for <see cref="NoiseKind.Unigram"/>; 0.75 is word2vec's.</param>
    public static NoiseDistribution Create(NoiseKind kind, ReadOnlySpan<long> counts, double power)
    {
        var weights = new double[counts.Length];
        for (int i = 0; i < weights.Length; i++)
            weights[i] = kind == NoiseKind.Uniform ? 1 : Math.Pow(counts[i], power);
        return new NoiseDistribution(weights);
    }

    /// <summary>Makes a distribution from weights a user gives: <c>[words]</c>.</summary>
    public static NoiseDistribution FromWeights(ReadOnlySpan<double> weights) => new(weights.ToArray());

    /// <summary>log(k p_n(w)) for each word, the term NCE subtracts from the score: <c>[words]</c>, nats.</summary>
    /// <param name="k">Noise words a data word.</param>
    public float[] LogKTimesProbability(double k) => Array.ConvertAll(_probabilities, p => (float)(Math.Log(k) + Math.Log(p)));
}
