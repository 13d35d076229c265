namespace NceFast.Evaluation.Internals;

/// <summary>Computes the probabilities of a mixture word by word. One thread uses it.</summary>
internal sealed class MixtureCursor
{
    private readonly ModelMixture _mixture;
    private readonly double[] _logWeights;
    private readonly int[] _state, _counts, _recent;
    private int _held, _next;

    public MixtureCursor(ModelMixture mixture)
    {
        _mixture = mixture;
        _logWeights = [.. mixture.Weights.Select(weight => Math.Log(weight))];
        _state = new int[NGrams.NgramModel.MaxOrder];
        _counts = mixture.CacheWords > 0 ? new int[mixture.Model.Shape.Words] : [];
        _recent = new int[mixture.CacheWords];
        LogParts = new double[mixture.Weights.Count];
    }

    /// <summary>Gets the logarithms of the probabilities of the last word in the parts, nats.</summary>
    public double[] LogParts { get; }

    /// <summary>Begins a part of the text.</summary>
    /// <param name="before">The words that were predicted before it, at least as many as the cache holds if there are so many.</param>
    public void Start(ReadOnlySpan<int> before)
    {
        EmptyCache();
        if (_recent.Length > 0)
        {
            foreach (int word in before)
                Remember(word);
        }
    }

    /// <summary>Begins a sentence.</summary>
    public void StartSentence()
    {
        _state[0] = 0;
        if (_mixture.Ngrams is { Start: >= 0 } ngrams)
            ngrams.Next(_state, ngrams.Start);
        if (_mixture.Scope == CacheScope.Sentence)
            EmptyCache();
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
        if (_recent.Length > 0)
        {
            LogParts[part] = _held == 0 ? -Math.Log(_counts.Length) : Math.Log(_counts[word] / (double)_held);
            Remember(word);
        }

        return Mix();
    }

    private double Mix()
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (int i = 0; i < LogParts.Length; i++)
            largest = Math.Max(largest, _logWeights[i] + LogParts[i]);
        if (!double.IsFinite(largest))
            return largest;
        for (int i = 0; i < LogParts.Length; i++)
            sum += Math.Exp(_logWeights[i] + LogParts[i] - largest);
        return largest + Math.Log(sum);
    }

    private void Remember(int word)
    {
        if (_held == _recent.Length)
            _counts[_recent[_next]]--;
        else
            _held++;
        _counts[word]++;
        _recent[_next] = word;
        _next = _next + 1 == _recent.Length ? 0 : _next + 1;
    }

    private void EmptyCache()
    {
        for (int i = 0; i < _held; i++)
            _counts[_recent[i]] = 0;
        (_held, _next) = (0, 0);
    }
}
