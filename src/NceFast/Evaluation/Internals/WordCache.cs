namespace NceFast.Evaluation.Internals;

/// <summary>Holds the last words and their weights. One thread uses it.</summary>
/// <param name="cache">The size and the decay.</param>
/// <param name="vocabulary">The number of words of the vocabulary.</param>
internal sealed class WordCache(MixtureCache cache, int vocabulary)
{
    private const double MostUnit = 1e100;
    private readonly int[] _recent = new int[cache.Words], _counts = new int[vocabulary];
    private readonly double[] _weights = new double[vocabulary];

    // A new word weighs more than the one before. Thus the weights of all others need not change with each word.
    private readonly double _growth = cache.HalfLife == 0 ? 1 : Math.Pow(2, 1 / cache.HalfLife);
    private readonly double _age = cache.HalfLife == 0 ? 1 : Math.Pow(2, -cache.Words / cache.HalfLife);
    private double _unit = 1, _total;
    private int _held, _next;

    /// <summary>Computes the logarithm of the probability of a word, nats.</summary>
    public double LogProbability(int word) => _held == 0 ? -Math.Log(vocabulary) : Math.Log(_weights[word] / _total);

    /// <summary>Appends a word. The oldest word leaves a full cache.</summary>
    public void Add(int word)
    {
        _unit *= _growth;
        if (_unit > MostUnit)
            Rescale();
        if (_held == _recent.Length)
            Remove(_recent[_next]);
        else
            _held++;
        _counts[word]++;
        _weights[word] += _unit;
        _total += _unit;
        _recent[_next] = word;
        _next = _next + 1 == _recent.Length ? 0 : _next + 1;
    }

    /// <summary>Removes all words.</summary>
    public void Clear()
    {
        for (int i = 0; i < _held; i++)
            (_counts[_recent[i]], _weights[_recent[i]]) = (0, 0);
        (_held, _next, _unit, _total) = (0, 0, 1, 0);
    }

    // Differences of rounded weights must leave nothing of a word that is gone.
    private void Remove(int word)
    {
        double weight = _unit * _age;
        _total -= weight;
        _weights[word] = --_counts[word] == 0 ? 0 : Math.Max(_weights[word] - weight, 0);
    }

    private void Rescale()
    {
        for (int word = 0; word < _weights.Length; word++)
            _weights[word] /= _unit;
        (_total, _unit) = (_total / _unit, 1);
    }
}
