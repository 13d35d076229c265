namespace NceFast.Sampling;

/// <summary>
/// Collects counted bigrams, and keeps the most frequent ones that fit into the memory: all with at least a number of occurrences, first 2,
/// which rises as bigrams are added. What is kept does not depend on the order in which they come.
/// </summary>
/// <param name="rows">Number of previous words, with &lt;s&gt;.</param>
/// <param name="most">Maximum number of bigrams that are kept.</param>
internal sealed class BigramSelection(int rows, long most)
{
    private readonly long[] _occurrences = new long[rows];
    private readonly List<Entry> _kept = [];
    private long _repeated, _occurrencesOfRepeated;

    /// <summary>Gets the least number of occurrences of a bigram that is kept.</summary>
    public long Least { get; private set; } = BigramNoise.LeastCount;

    /// <summary>Adds a bigram with all its occurrences.</summary>
    public void Add(int previous, int word, long count)
    {
        _occurrences[previous] += count;
        if (count < BigramNoise.LeastCount)
            return;
        _repeated++;
        _occurrencesOfRepeated += count;
        if (count < Least)
            return;
        _kept.Add(new Entry(previous, word, count));
        if (_kept.Count > most)
            Raise();
    }

    /// <summary>Sorts what was kept.</summary>
    public BigramCounts ToCounts()
    {
        _kept.Sort();
        int[] starts = new int[rows + 1], words = new int[_kept.Count];
        var counts = new long[_kept.Count];
        for (int i = 0; i < words.Length; i++)
        {
            Entry entry = _kept[i];
            starts[entry.Previous + 1]++;
            (words[i], counts[i]) = (entry.Word, entry.Count);
        }

        for (int u = 0; u < rows; u++)
            starts[u + 1] += starts[u];
        return new BigramCounts(starts, words, counts, _occurrences)
        {
            Dropped = _repeated - words.Length,
            DroppedPart = (_occurrencesOfRepeated - counts.Sum()) / (double)Math.Max(1, _occurrences.Sum()),
        };
    }

    private void Raise()
    {
        var having = new SortedDictionary<long, long>();
        foreach (Entry entry in _kept)
            having[entry.Count] = having.GetValueOrDefault(entry.Count) + 1;
        long left = _kept.Count;
        foreach ((long count, long bigrams) in having)
        {
            if (left <= most)
                break;
            left -= bigrams;
            Least = count + 1;
        }

        _kept.RemoveAll(entry => entry.Count < Least);
    }

    private readonly record struct Entry(int Previous, int Word, long Count) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => Previous != other.Previous ? Previous.CompareTo(other.Previous) : Word.CompareTo(other.Word);
    }
}
