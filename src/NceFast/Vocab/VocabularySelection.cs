using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>Selects the vocabulary from the counts in one or several tables. No word is in more than one table.</summary>
internal static class VocabularySelection
{
    private const ulong HighBits = 0x8080808080808080;

    /// <summary>Adds the words of another table to a table.</summary>
    public static void Merge(Utf8Table table, Utf8Table other)
    {
        for (long i = 0; i < other.SlotCount; i++)
        {
            if (other.Slot(i).Count > 0)
                table.Merge(other, other.Slot(i));
        }
    }

    /// <summary>
    /// Selects the words that are frequent enough or in the old vocabulary, ordered by descending count, then by bytes.
    /// </summary>
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

    /// <summary>Maps each id that a table assigned to the id in the vocabulary, or to -1 for a word outside it.</summary>
    public static int[] Map(Utf8Table table, Vocabulary vocabulary)
    {
        var map = new int[table.IdsGiven];
        Array.Fill(map, -1);
        Map(table, vocabulary, map);
        return map;
    }

    /// <summary>
    /// Writes the id in the vocabulary of each word of a table, or -1, to the element of the map at the word's id in the table.
    /// </summary>
    public static void Map(Utf8Table table, Vocabulary vocabulary, int[] map)
    {
        for (long i = 0; i < table.SlotCount; i++)
        {
            ref readonly Utf8Table.Entry entry = ref table.Slot(i);
            if (entry.Count > 0)
                map[entry.Id] = vocabulary.Table.Find(table, entry);
        }
    }

    /// <summary>Counts the words of text and the distinct words that are not valid UTF-8.</summary>
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

    // The most frequent new words fill the room that the old words leave.
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
            return new(ErrorKind.EmptyVocabulary, "The corpus contains no word; give a text whose words are separated by blanks and line feeds.");
        Member minCount = Member.Of(nameof(VocabularyOptions.MinCount));
        FormattableString dropped = $"";
        if (seen is { PrunedWords: > 0 })
            dropped = $" The memory for counting ({seen.CountingBudgetBytes:N0} bytes) was not enough, and {seen.PrunedWords:N0} words of text were dropped, so a count may be too low by up to {seen.MaxUndercount:N0}; raise {Member.Of(nameof(VocabularyOptions.MemoryLimitBytes))}.";
        return new(
            ErrorKind.EmptyVocabulary,
            $"No word is left: the corpus has {distinct:N0} distinct words, the most frequent was seen {highest:N0} times, and {minCount} is {options.MinCount:N0}; lower {minCount} to {highest:N0} or less, or give more text.{dropped}");
    }

    /// <summary>
    /// Sorts by count and 16 bytes of the word. Words that are equal up to there are sorted by their next 16 bytes.
    /// <paramref name="start"/> is the number of bytes compared before.
    /// </summary>
    private static void Sort(Span<Candidate> candidates, Utf8Table[] tables, int start)
    {
        candidates.Sort();
        int first = 0;
        for (int i = 1; i <= candidates.Length; i++)
        {
            if (i < candidates.Length && candidates[i].CompareTo(candidates[first]) == 0)
                continue;
            if (i - first > 1)
            {
                Span<Candidate> alike = candidates[first..i];
                foreach (ref Candidate candidate in alike)
                    candidate = candidate.At(tables, start + ShortWord.MaxBytes);
                Sort(alike, tables, start + ShortWord.MaxBytes);
            }

            first = i;
        }
    }

    /// <summary>One word to sort. It is a struct without references, because sorting moves millions of them.</summary>
    /// <param name="Count">The number of occurrences.</param>
    /// <param name="First">Eight bytes of the word as a big-endian number.</param>
    /// <param name="Second">The next eight bytes.</param>
    /// <param name="Location">The table and the slot. It is complemented when the 16 bytes may not be the whole word.</param>
    private readonly record struct Candidate(long Count, ulong First, ulong Second, long Location) : IComparable<Candidate>
    {
        private const int SlotBits = 48;

        public static Candidate Of(Utf8Table[] tables, int table, long slot)
        {
            ref readonly Utf8Table.Entry entry = ref tables[table].Slot(slot);
            long location = ((long)table << SlotBits) | slot;
            return entry.IsLong
                ? new Candidate(entry.Count, 0, 0, location).At(tables, 0)
                : new Candidate(entry.Count, BinaryPrimitives.ReverseEndianness(entry.Low), BinaryPrimitives.ReverseEndianness(entry.High), location);
        }

        /// <summary>Gets the index of the table.</summary>
        public int Table => (int)((Location < 0 ? ~Location : Location) >> SlotBits);

        /// <summary>Gets the slot in the table.</summary>
        public long Slot => (Location < 0 ? ~Location : Location) & ((1L << SlotBits) - 1);

        /// <summary>
        /// Returns the same word with its bytes from <paramref name="start"/> on as the key, padded with zeros. Words contain no NUL byte,
        /// so that a word sorts before its extensions.
        /// </summary>
        public Candidate At(Utf8Table[] tables, int start)
        {
            Span<byte> scratch = stackalloc byte[ShortWord.MaxBytes], key = stackalloc byte[ShortWord.MaxBytes];
            ReadOnlySpan<byte> bytes = tables[Table].Bytes(tables[Table].Slot(Slot), scratch);
            bytes = bytes[Math.Min(start, bytes.Length)..];
            key.Clear();
            bytes[..Math.Min(ShortWord.MaxBytes, bytes.Length)].CopyTo(key);
            return new(Count, BinaryPrimitives.ReadUInt64BigEndian(key), BinaryPrimitives.ReadUInt64BigEndian(key[8..]), Location < 0 ? Location : ~Location);
        }

        public int CompareTo(Candidate other)
        {
            if (Count != other.Count)
                return Count > other.Count ? -1 : 1;
            if (First != other.First)
                return First < other.First ? -1 : 1;
            return Second.CompareTo(other.Second);
        }

        /// <summary>
        /// Returns the bytes of the word. The table, whose slots are in random order, is read only when the key is not the whole
        /// word.
        /// </summary>
        public ReadOnlySpan<byte> Bytes(Utf8Table[] tables, Span<byte> scratch)
        {
            if (Location < 0)
                return tables[Table].Bytes(tables[Table].Slot(Slot), scratch);
            BinaryPrimitives.WriteUInt64BigEndian(scratch, First);
            BinaryPrimitives.WriteUInt64BigEndian(scratch[8..], Second);
            int end = scratch.IndexOf((byte)0);
            return scratch[..(end < 0 ? ShortWord.MaxBytes : end)];
        }
    }
}
