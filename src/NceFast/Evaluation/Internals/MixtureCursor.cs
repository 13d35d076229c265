using NceFast.Objectives;

namespace NceFast.Evaluation.Internals;

/// <summary>Computes the probabilities of a mixture word by word. One thread uses it.</summary>
internal sealed class MixtureCursor
{
    private readonly ModelMixture _mixture;
    private readonly double[] _logWeights;
    private readonly int[] _state;
    private readonly WordCache? _cache;

    public MixtureCursor(ModelMixture mixture)
    {
        _mixture = mixture;
        _logWeights = [.. mixture.Weights.Select(weight => Math.Log(weight))];
        _state = new int[NGrams.NgramModel.MaxOrder];
        _cache = mixture.Cache is null ? null : new WordCache(mixture.Cache, mixture.Model.Shape.Words);
        LogParts = new double[mixture.Weights.Count];
    }

    /// <summary>Gets the logarithms of the probabilities of the last word in the parts, nats.</summary>
    public double[] LogParts { get; }

    /// <summary>Begins a part of the text.</summary>
    /// <param name="before">The words that were predicted before it, at least as many as the cache holds if there are so many.</param>
    public void Start(ReadOnlySpan<int> before)
    {
        _cache?.Clear();
        foreach (int word in before)
            _cache?.Add(word);
    }

    /// <summary>Begins a sentence.</summary>
    public void StartSentence()
    {
        _state[0] = 0;
        if (_mixture.Ngrams is { Start: >= 0 } ngrams)
            ngrams.Next(_state, ngrams.Start);
        if (_mixture.Cache is { Scope: CacheScope.Sentence })
            _cache!.Clear();
    }

    /// <summary>Computes the logarithm of the probability of the next word, nats, and appends the word.</summary>
    /// <param name="word">The id of the word.</param>
    /// <param name="logModel">The logarithm of its probability in the language model, nats.</param>
    public double Next(int word, double logModel)
    {
        int part = 0;
        LogParts[part++] = logModel;
        if (_mixture.Words is { } words)
            LogParts[part++] = words.Next(_mixture.Ngrams!, _state, word);
        if (_cache is not null)
        {
            LogParts[part] = _cache.LogProbability(word);
            _cache.Add(word);
        }

        return Mix();
    }

    private double Mix()
    {
        Span<double> weighted = stackalloc double[LogParts.Length];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < weighted.Length; i++)
        {
            weighted[i] = _logWeights[i] + LogParts[i];
            largest = Math.Max(largest, weighted[i]);
        }

        return double.IsFinite(largest) ? Softmax.LogZ(weighted) : largest;
    }
}
