namespace NceFast.Sampling;

/// <summary>
/// Removes frequent words at random. A word of relative frequency f is kept with probability min(1, (sqrt(f/t) + 1) t/f): the
/// subsampling of Mikolov et al. 2013, section 2.3, in the form that the word2vec program uses.
/// </summary>
/// <remarks>
/// Subsampling changes the distribution of the data. A perplexity of subsampled text is one of another distribution.
/// </remarks>
internal static class Subsampling
{
    /// <summary>Computes the probability that an occurrence of a word is kept.</summary>
    /// <param name="frequency">The relative frequency of the word, 0 to 1.</param>
    /// <param name="threshold">The threshold t; 0 keeps all words.</param>
    public static double KeepProbability(double frequency, double threshold)
    {
        if (threshold <= 0 || frequency <= 0)
            return 1;
        double ratio = threshold / frequency;
        return Math.Min(1, Math.Sqrt(ratio) + ratio);
    }

    /// <summary>Computes, for each word, the largest 32-bit random number with which it is kept: <c>[words]</c>.</summary>
    /// <param name="counts">The number of occurrences of each word: <c>[words]</c>.</param>
    /// <param name="threshold">The threshold t; 0 keeps all words.</param>
    public static uint[] KeepLimits(ReadOnlySpan<long> counts, double threshold)
    {
        double total = 0;
        foreach (long c in counts)
            total += c;
        var limits = new uint[counts.Length];
        for (int i = 0; i < limits.Length; i++)
            limits[i] = (uint)Math.Min(uint.MaxValue, KeepProbability(counts[i] / total, threshold) * 4294967296.0);
        return limits;
    }
}
