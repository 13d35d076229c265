using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>Turns the counts, in one or several tables that share no word, into one vocabulary.</summary>
internal static class VocabularySelection
{
    private const ulong HighBits = 0x8080808080808080;

    /// <summary>Adds the words of another table.</summary>
    public static void Merge(Utf8Table table, Utf8Table other)
    {
        for (long i = 0; i < other.SlotCount; i++)
        {
            if (other.Slot(i).Count > 0)
                table.Merge(other, other.Slot(i));
        }
    }

    /// <summary>The words that are frequent enough or were there before, by falling count, then by bytes.</summary>
    public static Vocabulary Select(Utf8Table[] tables, VocabularyOptions options, long corpusWords, Vocabulary? old = null, CorpusStatistics? seen = null)
    {
        var candidates = new List<Candidate>();
        long highest = 0;
        for (int t = 0; t < tables.Length; t++)
        {
            Utf8Table table = tables[t];
            for (long i = 0; i < table.SlotCount; i++)
            {
                long count = table.Slot(i).Count;
                highest = Math.Max(highest, count);
                if (count > 0 && (count >= options.MinCount || old?.Table.Find(table, table.Slot(i)) >= 0))
                    candidates.Add(Candidate.Of(tables, t, i));
            }
        }

        if (candidates.Count == 0)
            throw Empty(tables.Sum(table => table.Count), options, highest, seen);
        Span<Candidate> sorted = CollectionsMarshal.AsSpan(candidates);
        Sort(sorted, tables, 0);
        if (options.MaxVocab > 0 && options.MaxVocab < sorted.Length)
            sorted = old is null ? sorted[..options.MaxVocab] : KeepOld(sorted, tables, options.MaxVocab, old);
        var words = new WordList.Builder();
        var counts = new long[sorted.Length];
        Span<byte> scratch = stackalloc byte[ShortWord.MaxBytes];
        for (int id = 0; id < sorted.Length; id++)
        {
            words.Add(sorted[id].Bytes(tables, scratch));
            counts[id] = sorted[id].Count;
        }

        return new Vocabulary(words.Build(), counts, corpusWords);
    }

    /// <summary>For each id a table gave, the final id, or -1 for a word outside the vocabulary.</summary>
    public static int[] Map(Utf8Table table, Vocabulary vocabulary)
    {
        var map = new int[table.IdsGiven];
        Array.Fill(map, -1);
        Map(table, vocabulary, map);
        return map;
    }

    /// <summary>Writes the final id of each word of a table in the place of its id, -1 for a word outside the vocabulary.</summary>
    public static void Map(Utf8Table table, Vocabulary vocabulary, int[] map)
    {
        for (long i = 0; i < table.SlotCount; i++)
        {
            ref readonly Utf8Table.Entry entry = ref table.Slot(i);
            if (entry.Count > 0)
                map[entry.Id] = vocabulary.Table.Find(table, entry);
        }
    }

    /// <summary>Words of text, and distinct words, that are not UTF-8.</summary>
    public static (long Tokens, long Distinct) CountInvalid(Utf8Table[] tables)
    {
        long tokens = 0, distinct = 0;
        foreach (Utf8Table table in tables)
        {
            (long t, long d) = CountInvalid(table);
            tokens += t;
            distinct += d;
        }

        return (tokens, distinct);
    }

    private static (long Tokens, long Distinct) CountInvalid(Utf8Table table)
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

    // New words take the room that the old ones leave, the most frequent first.
    private static Span<Candidate> KeepOld(Span<Candidate> sorted, Utf8Table[] tables, int most, Vocabulary old)
    {
        int room = Math.Max(0, most - old.Count);
        List<Candidate> kept = [];
        foreach (Candidate candidate in sorted)
        {
            Utf8Table table = tables[candidate.Table];
            if (old.Table.Find(table, table.Slot(candidate.Slot)) >= 0 || room-- > 0)
                kept.Add(candidate);
        }

        return CollectionsMarshal.AsSpan(kept);
    }

    private static NceFastException Empty(long distinct, VocabularyOptions options, long highest, CorpusStatistics? seen)
    {
        if (distinct == 0)
            return new(ErrorKind.EmptyVocabulary, "The corpus holds no word; give a text with words between blanks and line feeds.");
        Member minCount = Member.Of(nameof(VocabularyOptions.MinCount));
        FormattableString dropped = $"";
        if (seen is { PrunedWords: > 0 })
            dropped = $" The memory for counting ({seen.CountingBudgetBytes:N0} bytes) did not suffice, and {seen.PrunedWords:N0} words of text were dropped, so a count may be too low by up to {seen.MaxUndercount:N0}; raise {Member.Of(nameof(VocabularyOptions.MemoryLimitBytes))}.";
        return new(
            ErrorKind.EmptyVocabulary,
            $"No word is left: the corpus has {distinct:N0} distinct words, the most frequent was seen {highest:N0} times, and {minCount} is {options.MinCount:N0}; lower {minCount} to {highest:N0} or less, or give more text.{dropped}");
    }

    /// <summary>Sorts by 16 bytes at a time: words alike in all before <paramref name="offset"/> get their next bytes as key.</summary>
    private static void Sort(Span<Candidate> candidates, Utf8Table[] tables, int offset)
    {
        candidates.Sort();
        int start = 0;
        for (int i = 1; i <= candidates.Length; i++)
        {
            if (i < candidates.Length && candidates[i].CompareTo(candidates[start]) == 0)
                continue;
            if (i - start > 1)
            {
                Span<Candidate> alike = candidates[start..i];
                foreach (ref Candidate candidate in alike)
                    candidate = candidate.At(tables, offset + ShortWord.MaxBytes);
                Sort(alike, tables, offset + ShortWord.MaxBytes);
            }

            start = i;
        }
    }

    /// <summary>One word to sort: a struct without references, for millions of them are moved about.</summary>
    /// <param name="Count">Times counted.</param>
    /// <param name="First">Eight bytes of the word, the first one highest.</param>
    /// <param name="Second">The next eight.</param>
    /// <param name="Place">Its table and slot; the complement when the 16 bytes may not be the whole word.</param>
    private readonly record struct Candidate(long Count, ulong First, ulong Second, long Place) : IComparable<Candidate>
    {
        private const int SlotBits = 48;

        public static Candidate Of(Utf8Table[] tables, int table, long slot)
        {
            ref readonly Utf8Table.Entry entry = ref tables[table].Slot(slot);
            long place = ((long)table << SlotBits) | slot;
            return entry.IsLong
                ? new Candidate(entry.Count, 0, 0, place).At(tables, 0)
                : new Candidate(entry.Count, BinaryPrimitives.ReverseEndianness(entry.Low), BinaryPrimitives.ReverseEndianness(entry.High), place);
        }

        /// <summary>Number of its table.</summary>
        public int Table => (int)((Place < 0 ? ~Place : Place) >> SlotBits);

        /// <summary>Its slot in the table.</summary>
        public long Slot => (Place < 0 ? ~Place : Place) & ((1L << SlotBits) - 1);

        /// <summary>The word with its bytes from a place on as key, zero-padded: words hold no NUL, so a shorter one comes first.</summary>
        public Candidate At(Utf8Table[] tables, int offset)
        {
            Span<byte> scratch = stackalloc byte[ShortWord.MaxBytes], key = stackalloc byte[ShortWord.MaxBytes];
            ReadOnlySpan<byte> bytes = tables[Table].Bytes(tables[Table].Slot(Slot), scratch);
            bytes = bytes[Math.Min(offset, bytes.Length)..];
            key.Clear();
            bytes[..Math.Min(ShortWord.MaxBytes, bytes.Length)].CopyTo(key);
            return new(Count, BinaryPrimitives.ReadUInt64BigEndian(key), BinaryPrimitives.ReadUInt64BigEndian(key[8..]), Place < 0 ? Place : ~Place);
        }

        public int CompareTo(Candidate other)
        {
            if (Count != other.Count)
                return Count > other.Count ? -1 : 1;
            if (First != other.First)
                return First < other.First ? -1 : 1;
            return Second.CompareTo(other.Second);
        }

        /// <summary>The word; the table, whose places are random, is asked only for what the key does not hold.</summary>
        public ReadOnlySpan<byte> Bytes(Utf8Table[] tables, Span<byte> scratch)
        {
            if (Place < 0)
                return tables[Table].Bytes(tables[Table].Slot(Slot), scratch);
            BinaryPrimitives.WriteUInt64BigEndian(scratch, First);
            BinaryPrimitives.WriteUInt64BigEndian(scratch[8..], Second);
            int end = scratch.IndexOf((byte)0);
            return scratch[..(end < 0 ? ShortWord.MaxBytes : end)];
        }
    }
}
