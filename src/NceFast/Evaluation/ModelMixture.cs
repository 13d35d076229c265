using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Evaluation.Internals;
using NceFast.NGrams;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Represents one part of a mixture.</summary>
/// <param name="Name">Its name: "model", "n-gram" or "cache".</param>
/// <param name="Weight">Its weight, 0 to 1.</param>
/// <param name="Perplexity">Its perplexity alone, exactly normalised; NaN if it was not measured, infinite if it gave a word no probability.</param>
public sealed record MixturePart(string Name, double Weight, double Perplexity = double.NaN);

/// <summary>
/// Represents a linear mixture of a language model with an n-gram model, with a cache, or with both:
/// p(w | h) = l1 p_model(w | h) + l2 p_ngram(w | h) + l3 p_cache(w | h). Each part sums to 1 over the vocabulary, and
/// so does the mixture. It is immutable, and threads may use it at the same time.
/// </summary>
public sealed class ModelMixture
{
    private const double Tolerance = 1e-3;

    /// <summary>Creates a mixture with given weights.</summary>
    /// <param name="model">The language model.</param>
    /// <param name="ngrams">The n-gram model; null for none. It must predict the words of the language model.</param>
    /// <param name="cache">The cache; null for none.</param>
    /// <param name="weights">The weights of the model, of the n-gram model if there is one, and of the cache if there is one. Their sum is 1.</param>
    /// <exception cref="NceFastException">
    /// <see cref="ErrorKind.Usage"/>: there is nothing to mix with, or a number is out of range. <see cref="ErrorKind.Input"/>: the vocabularies of
    /// the models do not match.
    /// </exception>
    public ModelMixture(LanguageModel model, NgramModel? ngrams, MixtureCache? cache, IReadOnlyList<double> weights)
        : this(model, ngrams, cache, ngrams is null ? null : NgramWords.Match(model, ngrams), weights)
    {
        cache?.Validate();
        int parts = Names().Count();
        if (parts == 1)
            Throw.Usage($"{Member.Of(nameof(ModelMixture.Ngrams))} and {Member.Of(nameof(ModelMixture.Cache))} are null, so there is nothing to mix with; give one of them.");
        double sum = 0;
        foreach (double weight in weights)
            sum += weight >= 0 ? weight : double.NaN;
        if (weights.Count != parts || !(Math.Abs(sum - 1) <= Tolerance))
            Throw.Usage($"{Member.Of(nameof(ModelMixture.Weights))} is {string.Join(", ", weights)}; {parts} numbers from 0 to 1 with the sum 1 are allowed, for {string.Join(", ", Names())}.");
        Weights = [.. weights.Select(weight => weight / sum)];
    }

    private ModelMixture(LanguageModel model, NgramModel? ngrams, MixtureCache? cache, NgramWords? words, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        (Model, Ngrams, Cache, Words, Weights) = (model, ngrams, cache, words, weights);
    }

    /// <summary>Gets the language model.</summary>
    public LanguageModel Model { get; }

    /// <summary>Gets the n-gram model, or null.</summary>
    public NgramModel? Ngrams { get; }

    /// <summary>Gets the cache, or null.</summary>
    public MixtureCache? Cache { get; }

    /// <summary>Gets the weights of the model, of the n-gram model if there is one, and of the cache if there is one.</summary>
    public IReadOnlyList<double> Weights { get; private init; }

    /// <summary>Gets the parts with their weights.</summary>
    public IReadOnlyList<MixturePart> Parts => [.. Names().Select((name, i) => new MixturePart(name, Weights[i]))];

    /// <summary>Gets the ids of the n-gram model; null if there is none.</summary>
    internal NgramWords? Words { get; }

    /// <summary>
    /// Fits the weights by expectation maximisation, so that the mixture gives a text the highest probability. At most the first four
    /// million predictions are used.
    /// </summary>
    /// <param name="model">The language model.</param>
    /// <param name="ngrams">The n-gram model; null for none.</param>
    /// <param name="cache">The cache; null for none.</param>
    /// <param name="path">The path of a text on which none of the models was trained.</param>
    /// <param name="threads">The number of workers; 0 for all cores.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <param name="logger">Receives warnings about the text; may be null.</param>
    /// <param name="text">Where the text is in its file, and how its words are written; null for plain text.</param>
    /// <exception cref="NceFastException">As for the constructor and for <see cref="PerplexityEvaluation"/>.</exception>
    public static ModelMixture Fit(LanguageModel model, NgramModel? ngrams, MixtureCache? cache, string path, int threads = 0, CancellationToken cancellation = default, ILogger? logger = null, TextOptions? text = null)
    {
        int parts = 1 + (ngrams is null ? 0 : 1) + (cache is null ? 0 : 1);
        var even = new ModelMixture(model, ngrams, cache, [.. Enumerable.Repeat(1.0 / parts, parts)]);
        var fit = new MixtureWeights(parts);
        PerplexityEvaluation.Observe(model, path, even, fit, threads, cancellation, logger, text);
        return new ModelMixture(model, ngrams, cache, even.Words, fit.Fit());
    }

    private IEnumerable<string> Names()
    {
        yield return "model";
        if (Ngrams is not null)
            yield return "n-gram";
        if (Cache is not null)
            yield return "cache";
    }
}
