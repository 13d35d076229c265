using NceFast.Vocab;

namespace NceFast.Sampling;

/// <summary>Represents the words of a model as parts of bigrams: the rows of previous words, of which the last is &lt;s&gt;, and the words that follow.</summary>
internal sealed class BigramRows
{
    private readonly Vocabulary _vocabulary;
    private readonly int _end, _unknown;
    private readonly bool _predictsEnd;
    private readonly bool[] _counted;

    /// <summary>Chooses the previous words that have successors: the most frequent ones, and &lt;s&gt;.</summary>
    /// <param name="vocabulary">The words with the special ones.</param>
    /// <param name="end">Id of &lt;/s&gt;.</param>
    /// <param name="unknown">Id of &lt;unk&gt;; -1 when unknown words are left out.</param>
    /// <param name="predictsEnd">Whether ends of sentences are predicted.</param>
    /// <param name="most">Maximum number of previous words.</param>
    public BigramRows(Vocabulary vocabulary, int end, int unknown, bool predictsEnd, int most = BigramNoise.MostPrevious)
    {
        (_vocabulary, _end, _unknown, _predictsEnd) = (vocabulary, end, unknown, predictsEnd);
        long[] counts = vocabulary.Counts.ToArray();
        _counted = new bool[counts.Length + 1];
        IEnumerable<int> words = Enumerable.Range(0, counts.Length).Where(w => w != end);
        foreach (int w in counts.Length < most ? words : words.OrderByDescending(w => counts[w]).Take(most - 1))
            _counted[w] = true;
        _counted[Start] = true;
    }

    /// <summary>Gets the number of rows.</summary>
    public int Count => _counted.Length;

    /// <summary>Gets the row of &lt;s&gt;.</summary>
    public int Start => _counted.Length - 1;

    /// <summary>Gets whether the successors of a row are counted.</summary>
    public bool IsCounted(int row) => _counted[row];

    /// <summary>Lists the bigrams of a sentence.</summary>
    /// <param name="sentence">Ids, without &lt;/s&gt;.</param>
    /// <param name="table">Receives them.</param>
    public void Add(ReadOnlySpan<int> sentence, BigramTable table)
    {
        int previous = Start;
        foreach (int word in sentence)
        {
            if (_counted[previous])
                table.Add(previous, word, 1);
            previous = word;
        }

        if (_predictsEnd && _counted[previous])
            table.Add(previous, _end, 1);
    }

    /// <summary>Finds the row of a previous word; -1 when the model does not have it.</summary>
    public int PreviousOf(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("<s>"u8))
            return Start;
        int id = _vocabulary.Find(word);
        return id == _end ? -1 : id < 0 ? _unknown : id;
    }

    /// <summary>Finds the id of a predicted word; -1 when the model does not predict it.</summary>
    public int WordOf(ReadOnlySpan<byte> word)
    {
        int id = _vocabulary.Find(word);
        return id == _end && !_predictsEnd ? -1 : id >= 0 ? id : word.SequenceEqual("<s>"u8) ? -1 : _unknown;
    }
}
