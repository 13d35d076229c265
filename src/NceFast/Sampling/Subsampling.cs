namespace NceFast.Sampling;

/// <summary>
/// Random removal of frequent words: a word of relative frequency f is kept with probability
/// min(1, (sqrt(f/t) + 1) t/f), as word2vec does (Mikolov et al. 2013, section 2.3, in the program's form).
/// It changes the distribution of the data: a perplexity under it is of another distribution.
/// </summary>
internal static class Subsampling
{
    /// <summary>Probability that one occurrence is kept.</summary>
    /// <param name="frequency">Relative frequency of the word, 0 to 1.</param>
    /// <param name="threshold">t; 0 keeps everything.</param>
    public static double KeepProbability(double frequency, double threshold)
    {
        if (threshold <= 0 || frequency <= 0)
            return 1;
        double ratio = threshold / frequency;
        return Math.Min(1, Math.Sqrt(ratio) + ratio);
    }

    /// <summary>The largest 32-bit draw that keeps each word: <c>[words]</c>.</summary>
    /// <param name="counts">Occurrences: <c>[words]</c>.</param>
    /// <param name="threshold">t; 0 keeps everything.</param>
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
