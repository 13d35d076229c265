using NceFast.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Vocab;

public sealed class Utf8TableTests
{
    [Fact]
    public void Counts_and_ids_equal_those_of_a_dictionary()
    {
        var random = new Random(5);
        using var table = new Utf8Table();
        var expected = new Dictionary<string, (int Id, long Count)>();
        for (int i = 0; i < 60_000; i++)
        {
            string word = RandomWord(random);
            int id = Count(table, word);
            if (!expected.TryGetValue(word, out var seen))
                seen = (expected.Count, 0);
            Assert.Equal(seen.Id, id);
            expected[word] = (seen.Id, seen.Count + 1);
        }

        Assert.Equal(expected.Count, table.Count);
        Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => (e.Key, e.Value.Count)), Contents(table));
        foreach (string word in expected.Keys)
            Assert.Equal(expected[word].Id, Find(table, word));
        Assert.Equal(-1, Find(table, "not there"));
        Assert.Equal(-1, Find(table, "not there, and of more than sixteen bytes"));
    }

    [Fact]
    public void Long_words_differ_in_any_byte()
    {
        using var table = new Utf8Table();
        string word = new('a', 40);
        int first = Count(table, word);
        for (int i = 0; i < word.Length; i++)
        {
            string other = word[..i] + "b" + word[(i + 1)..];
            Assert.Equal(-1, Find(table, other));
            Assert.Equal(first + 1 + i, Count(table, other));
        }

        Assert.Equal(-1, Find(table, word[..17]));
        Assert.Equal(first, Find(table, word));
    }

    [Fact]
    public void Merged_tables_have_the_sum_of_the_counts()
    {
        using Utf8Table a = new(), b = new();
        foreach (string word in new[] { "x", "y", "a word of more than sixteen bytes", "x" })
            Count(a, word);
        foreach (string word in new[] { "y", "z", "a word of more than sixteen bytes", "another word of more than sixteen" })
            Count(b, word);
        VocabularySelection.Merge(a, b);
        Assert.Equal(
            [("a word of more than sixteen bytes", 2), ("another word of more than sixteen", 1), ("x", 2), ("y", 2), ("z", 1)],
            Contents(a));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(30)]
    public void Pruning_keeps_frequent_words_and_bounds_the_undercount(int length)
    {
        var owner = new PruningOwner(1 << 20);
        using var table = new Utf8Table(0, owner);
        for (int i = 0; i < 200_000; i++)
        {
            Count(table, "frequent");
            Count(table, i.ToString("D6").PadLeft(length, 'r'));
        }

        Assert.True(owner.Prunings > 1);
        Assert.Equal(owner.Taken, table.SlotBytes + table.ArenaBytes);
        Assert.InRange(owner.Taken, 0, 1 << 20);
        Assert.Contains(("frequent", 200_000), Contents(table));
        Assert.Equal(200_001, table.IdsGiven);
        Assert.Equal(400_000, table.PrunedWords + Contents(table).Sum(e => e.Count));
        Assert.Equal((1, owner.Prunings), (table.PruneThreshold, table.MaxUndercount)); // every pruning starts with the threshold 1
        foreach (var (word, _) in Contents(table))
            Assert.True(Find(table, word) >= 0);
    }

    [Fact]
    public void Pruning_drops_no_more_counts_than_it_must_and_no_reserved_word()
    {
        var owner = new PruningOwner(1024 * 32);
        using var table = new Utf8Table(0, owner);
        (ulong low, ulong high) = Key("reserved");
        int id = table.Reserve(low, high, default);
        for (int i = 0; owner.Prunings == 0; i++)
        {
            for (int n = 0; n <= i % 4; n++)
                Count(table, $"w{i}");
        }

        // A quarter of 896 slots must become free. The words that occur once are about a quarter; they may be one word too few.
        Assert.InRange(table.PruneThreshold, 1, 2);
        Assert.DoesNotContain(Contents(table), e => e.Count <= table.PruneThreshold && e.Count > 1);
        Assert.Contains(Contents(table), e => e.Count == table.PruneThreshold + 1);
        Assert.Equal(id, table.Reserve(low, high, default));
        foreach (var (word, _) in Contents(table))
            Assert.True(Find(table, word) >= 0);
    }

    private static string RandomWord(Random random)
    {
        int length = random.Next(10) == 0 ? random.Next(1, 60) : random.Next(1, 18);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)('!' + random.Next(3))));
    }

    private static int Count(Utf8Table table, string word)
    {
        if (word.Length > 16)
            return table.CountLong(TextBytes(word));
        (ulong low, ulong high) = Key(word);
        return table.CountShort(low, high, table.Prefetch(low, high));
    }

    private static int Find(Utf8Table table, string word)
    {
        if (word.Length > 16)
            return table.FindLong(TextBytes(word));
        (ulong low, ulong high) = Key(word);
        return table.FindShort(low, high, table.Prefetch(low, high));
    }

    private static unsafe (ulong Low, ulong High) Key(string word)
    {
        fixed (byte* p = TextBytes(word))
        {
            ShortWord.LoadCareful(p, word.Length, out ulong low, out ulong high);
            return (low, high);
        }
    }

    private static byte[] TextBytes(string word) => System.Text.Encoding.Latin1.GetBytes(word);

    private static List<(string Word, long Count)> Contents(Utf8Table table)
    {
        var contents = new List<(string Word, long Count)>();
        Span<byte> scratch = stackalloc byte[16];
        for (long i = 0; i < table.SlotCount; i++)
        {
            if (table.Slot(i).Count > 0)
                contents.Add((System.Text.Encoding.Latin1.GetString(table.Bytes(table.Slot(i), scratch)), table.Slot(i).Count));
        }

        contents.Sort((a, b) => string.CompareOrdinal(a.Word, b.Word));
        return contents;
    }

    /// <summary>Gives a table a number of bytes, and drops words when they are used up.</summary>
    private sealed class PruningOwner(long limit) : ITableOwner
    {
        public long Taken { get; private set; }

        public int Prunings { get; private set; }

        public bool TryTake(Utf8Table table, long bytes)
        {
            if (Taken + bytes > limit)
                return false;
            Taken += bytes;
            return true;
        }

        public void Take(long bytes) => Taken += bytes;

        public void OnFull(Utf8Table table)
        {
            Prunings++;
            table.Prune();
        }

        public int IdOf(ulong low, ulong high, ReadOnlySpan<byte> longBytes) => -1;
    }
}
