using System.Text.Unicode;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>Turns the workers' tables into one vocabulary.</summary>
internal static class VocabularySelection
{
    private const ulong HighBits = 0x8080808080808080;

    /// <summary>Adds all tables up in the first.</summary>
    public static void Merge(Utf8Table[] tables)
    {
        foreach (Utf8Table table in tables.AsSpan(1))
        {
            for (long i = 0; i < table.SlotCount; i++)
            {
                if (table.Slot(i).Count > 0)
                    tables[0].Merge(table, table.Slot(i));
            }
        }
    }

    /// <summary>The words that are frequent enough, by falling count, then by bytes.</summary>
    public static Vocabulary Select(Utf8Table table, VocabularyOptions options, long corpusWords)
    {
        var candidates = new List<Candidate>();
        long highest = 0;
        for (long i = 0; i < table.SlotCount; i++)
        {
            long count = table.Slot(i).Count;
            highest = Math.Max(highest, count);
            if (count >= options.MinCount)
                candidates.Add(new Candidate(table, i));
        }

        if (candidates.Count == 0)
            throw Empty(table, options, highest);
        candidates.Sort();
        int kept = options.MaxVocab > 0 ? Math.Min(options.MaxVocab, candidates.Count) : candidates.Count;
        var words = new WordList.Builder();
        var counts = new long[kept];
        Span<byte> scratch = stackalloc byte[ShortWord.MaxBytes];
        for (int id = 0; id < kept; id++)
        {
            words.Add(table.Bytes(table.Slot(candidates[id].Slot), scratch));
            counts[id] = candidates[id].Count;
        }

        return new Vocabulary(words.Build(), counts, corpusWords);
    }

    /// <summary>For each id a worker gave, the final id, or -1 for a word outside the vocabulary.</summary>
    public static int[] Map(Utf8Table table, int idsGiven, Vocabulary vocabulary)
    {
        var map = new int[idsGiven];
        Array.Fill(map, -1);
        for (long i = 0; i < table.SlotCount; i++)
        {
            ref readonly Utf8Table.Entry entry = ref table.Slot(i);
            if (entry.Count > 0 && entry.Id < idsGiven)
                map[entry.Id] = vocabulary.Table.Find(table, entry);
        }

        return map;
    }

    /// <summary>Words of text, and distinct words, that are not UTF-8.</summary>
    public static (long Tokens, long Distinct) CountInvalid(Utf8Table table)
    {
        long tokens = 0, distinct = 0;
        Span<byte> scratch = stackalloc byte[ShortWord.MaxBytes];
        for (long i = 0; i < table.SlotCount; i++)
        {
            ref readonly Utf8Table.Entry entry = ref table.Slot(i);
            if (entry.Count == 0 || (!entry.IsLong && ((entry.Low | entry.High) & HighBits) == 0))
                continue;
            if (Utf8.IsValid(table.Bytes(entry, scratch)))
                continue;
            tokens += entry.Count;
            distinct++;
        }

        return (tokens, distinct);
    }

    private static NceFastException Empty(Utf8Table table, VocabularyOptions options, long highest) => new(ErrorKind.EmptyVocabulary,
        table.Count == 0
            ? "The corpus holds no word; give a text with words between blanks and line feeds."
            : FormattableString.Invariant($"No word is left: the corpus has {table.Count:N0} distinct words, the most frequent was seen {highest:N0} times, and --min-count is {options.MinCount:N0}; lower --min-count to {highest:N0} or less, or give more text."));

    /// <summary>One word to sort, by numbers as far as they reach.</summary>
    private readonly struct Candidate : IComparable<Candidate>
    {
        private readonly Utf8Table _table;
        private readonly ulong _first;
        private readonly ulong _second;

        public Candidate(Utf8Table table, long slot)
        {
            ref readonly Utf8Table.Entry entry = ref table.Slot(slot);
            Span<byte> prefix = stackalloc byte[ShortWord.MaxBytes];
            prefix.Clear();
            ReadOnlySpan<byte> bytes = table.Bytes(entry, prefix);
            if (entry.IsLong)
                bytes[..ShortWord.MaxBytes].CopyTo(prefix);
            _table = table;
            Slot = slot;
            Count = entry.Count;
            _first = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(prefix);
            _second = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(prefix[8..]);
        }

        public long Slot { get; }

        public long Count { get; }

        public int CompareTo(Candidate other)
        {
            if (Count != other.Count)
                return other.Count.CompareTo(Count);
            if (_first != other._first)
                return _first.CompareTo(other._first);
            return _second != other._second ? _second.CompareTo(other._second) : CompareBytes(other);
        }

        private int CompareBytes(Candidate other)
        {
            Span<byte> mine = stackalloc byte[ShortWord.MaxBytes], theirs = stackalloc byte[ShortWord.MaxBytes];
            return _table.Bytes(_table.Slot(Slot), mine).SequenceCompareTo(_table.Bytes(_table.Slot(other.Slot), theirs));
        }
    }
}
