using NceFast.Vocab;

namespace NceFast.Extensions.AI;

/// <summary>Represents how texts become embeddings.</summary>
public sealed record WordVectorEmbeddingOptions
{
    /// <summary>
    /// Gets a in the weight a / (a + p(w)) of a word with the probability p(w); greater than 0. A smaller value gives frequent words less
    /// weight, and <see cref="double.PositiveInfinity"/> gives all words equal weights.
    /// </summary>
    public double Smoothing { get; init; } = 1e-3;

    /// <summary>
    /// Gets the words with their counts, from which the probabilities are computed. Null estimates them by Zipf's law, p(w) in proportion to
    /// 1 / rank, which requires that the most frequent words come first, as a trainer orders them.
    /// </summary>
    public Vocabulary? Vocabulary { get; init; }

    /// <summary>
    /// Gets the function that divides a text into words. Null takes each run of letters and digits as a word. A word without a vector is
    /// also looked up in lower case.
    /// </summary>
    public Func<string, IEnumerable<string>>? Tokenizer { get; init; }

    /// <summary>Gets what happens to words without a vector.</summary>
    public UnknownWordMode UnknownWords { get; init; }

    /// <summary>
    /// Gets the direction that is removed from every embedding, <c>[dim]</c>, of unit length: that which a sample of texts has in common, see
    /// <see cref="WordVectorEmbeddingGenerator.FindCommonDirection"/>. Empty to remove none.
    /// </summary>
    public ReadOnlyMemory<float> CommonDirection { get; init; }

    /// <summary>Gets the name of the model that embeddings carry; may be null.</summary>
    public string? ModelId { get; init; }
}
