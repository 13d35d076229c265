using NceFast.Numerics;

namespace NceFast.Evaluation;

/// <summary>Specifies when the cache of a mixture is emptied.</summary>
public enum CacheScope
{
    /// <summary>Never: the cache holds the words before a prediction, across the ends of sentences.</summary>
    Text,

    /// <summary>At the start of each sentence, so that the probability of a sentence does not depend on the sentences before.</summary>
    Sentence,
}

/// <summary>
/// Represents a cache of the last words that were predicted, &lt;unk&gt; and &lt;/s&gt; included (Kuhn and De Mori 1990). The probability of a
/// word is its weight in the cache divided by that of all words. An empty cache gives all words the same probability.
/// </summary>
/// <param name="Words">The number of words, 1 to <see cref="MaxWords"/>.</param>
/// <param name="HalfLife">The number of words after which a word counts half as much (Clarkson and Robinson 1997); 0 to count all alike.</param>
/// <param name="Scope">When the cache is emptied.</param>
public sealed record MixtureCache(int Words, double HalfLife = 0, CacheScope Scope = CacheScope.Text)
{
    /// <summary>The largest number of words.</summary>
    public const int MaxWords = 10_000_000;

    internal void Validate()
    {
        Throw.UnlessInRange(nameof(MixtureCache.Words), Words, 1, MaxWords);
        if (HalfLife != 0)
            Throw.UnlessInRange(nameof(MixtureCache.HalfLife), HalfLife, 1, MaxWords);
    }
}
