using System.Text;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Vocab;

public sealed class CountingMemoryTests : IDisposable
{
    private const int Distinct = 50_000;
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    // 6 MiB are enough for one copy of 50,000 words, but not for one copy per worker or for one worker's own table.
    [Theory]
    [InlineData(6L << 20)]
    [InlineData(0)]
    public void Vocabulary_is_the_same_for_any_number_of_threads_and_files(long memory)
    {
        string[] lines = ManyWords();
        string[] expected = [.. lines.SelectMany(line => line.Split(' ')).GroupBy(w => w).Select(g => (Word: g.Key, Count: g.Count()))
            .OrderByDescending(w => w.Count).ThenBy(w => w.Word, StringComparer.Ordinal).Select(w => $"{w.Word} {w.Count}")];
        string whole = _files.Write("whole.txt", Join(lines)), gzip = _files.Write("whole.gz", TextFiles.Gzip(Encoding.UTF8.GetBytes(Join(lines))));
        string[] parts = [.. lines.Chunk(lines.Length / 5).Select((part, i) => _files.Write($"part{i}.txt", Join(part)))];
        foreach (int threads in new[] { 1, 2, 8, 16, 64 })
            Check([whole], threads);
        Check([gzip], 3);
        Check(parts, 8);

        void Check(string[] paths, int threads)
        {
            var log = new ListLogger();
            using PreparedCorpus corpus = Prepare(paths, threads, memory, CacheMode.Never, 1, log);
            Assert.Equal(expected, Words(corpus.Vocabulary));
            CorpusStatistics s = corpus.Statistics;
            Assert.Equal((0, 0, Distinct, s.Words), (s.PrunedWords, s.MaxUndercount, s.DistinctWords, s.KnownWords));
            Assert.InRange(s.CountingPeakBytes, 1, memory > 0 ? 2 * memory : s.CountingBudgetBytes);
            Assert.DoesNotContain(log.Lines, line => line.Level == LogLevel.Warning);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Cache_holds_the_same_words_as_the_text_where_workers_moved_theirs(int threads)
    {
        string path = _files.Write("t.txt", Join(ManyWords()));
        using PreparedCorpus text = Prepare([path], threads, 0, CacheMode.Never);
        using PreparedCorpus cached = Prepare([path], threads, 6 << 20, CacheMode.Always);
        Assert.True(cached.IsCached);
        Assert.Equal(Blocks(text), Blocks(cached));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Cache_mistakes_no_word_for_another_where_words_were_dropped(int threads)
    {
        string path = _files.Write("t.txt", FrequentAmongRare(40_000));
        using PreparedCorpus cached = Prepare([path], threads, 1 << 20, CacheMode.Always);
        Assert.True(cached.Statistics.PrunedWords > 0);
        using PreparedCorpus text = PreparedCorpus.Prepare(Source([path]), new CorpusOptions { VocabularyIn = cached.Vocabulary, Cache = CacheMode.Never }, 1);
        SortedDictionary<ulong, int[]> expected = Ids(text), found = Ids(cached);
        long kept = 0;
        foreach ((ulong number, int[] ids) in found)
        {
            int place = 0;
            foreach (int id in ids)
            {
                place = Array.IndexOf(expected[number], id, place) + 1;
                Assert.True(place > 0, $"block {number} holds a word that the text does not have there");
                kept++;
            }
        }

        Assert.InRange(kept, 50 * 40 * 3 / 4, expected.Values.Sum(ids => ids.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(64)]
    public void Frequent_words_outlive_rare_ones_and_one_warning_says_what_was_dropped(int threads)
    {
        var log = new ListLogger();
        using PreparedCorpus corpus = Prepare([_files.Write("t.txt", FrequentAmongRare(40_000))], threads, 1 << 20, CacheMode.Never, 5, log);
        CorpusStatistics s = corpus.Statistics;
        Assert.Equal(50, corpus.Vocabulary.Count);
        foreach (long count in corpus.Vocabulary.Counts)
            Assert.InRange(count, 40 - s.MaxUndercount, 40);
        Assert.Equal(1, s.PruneThreshold); // dropping words that occurred once is always enough
        Assert.InRange(s.MaxUndercount, 2, 20);
        Assert.InRange(s.PrunedDistinctWords, 1, s.PrunedWords);
        Assert.Equal(42_000, s.Words);
        var warning = Assert.Single(log.Lines, line => line.Level == LogLevel.Warning);
        foreach (string part in new[] { $"{1 << 20:N0} bytes", $"{threads} threads", $"{s.PrunedWords:N0} words of text", $"{s.PrunedDistinctWords:N0} distinct", $"up to {s.MaxUndercount:N0}" })
            Assert.Contains(part, warning.Text);
    }

    [Fact]
    public void The_error_for_an_empty_vocabulary_says_that_words_were_dropped()
    {
        var error = Assert.Throws<NceFastException>(() => Prepare([_files.Write("t.txt", FrequentAmongRare(40_000))], 2, 1 << 20, CacheMode.Never, 1000));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Contains("dropped", error.Message);
        Assert.Contains("raise VocabularyOptions.MemoryLimitBytes", error.Message);
    }

    [Fact]
    public void Long_words_stay_within_the_memory_budget()
    {
        string text = FrequentAmongRare(20_000, word => word.PadLeft(60, '_'));
        foreach (int threads in new[] { 1, 8 })
        {
            using PreparedCorpus corpus = Prepare([_files.Write("t.txt", text)], threads, 1 << 20, CacheMode.Never, 5);
            Assert.Equal(50, corpus.Vocabulary.Count);
            Assert.True(corpus.Statistics.PrunedWords > 0);
        }
    }

    [Fact]
    public void Default_budget_is_a_quarter_of_the_memory_for_all_processes_of_a_machine()
    {
        Assert.Equal(128L << 20, CountingBudget.Default(512L << 20));
        Assert.Equal(256L << 30, CountingBudget.Default(1L << 40));
        Assert.Equal(2L << 30, CountingBudget.Default(64L << 30, 8));
        Assert.Equal(16L << 20, CountingBudget.Default(20L << 20, 4));
        using PreparedCorpus corpus = Prepare([_files.Write("t.txt", "a b")], 1, 0, CacheMode.Never);
        Assert.Equal(CountingBudget.Default(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes), corpus.Statistics.CountingBudgetBytes);
    }

    // Each word occurs two to four times, spread over the text. Some have more than 16 bytes.
    internal static string[] ManyWords()
    {
        var random = new Random(3);
        var words = new List<string>();
        for (int i = 0; i < Distinct; i++)
        {
            string word = i % 50 == 0 ? $"a-word-of-more-than-sixteen-bytes-{i}" : $"w{i}";
            for (int n = 0; n < 2 + (i % 3); n++)
                words.Add(word);
        }

        string[] all = [.. words];
        random.Shuffle(all);
        return [.. all.Chunk(20).Select(line => string.Join(' ', line))];
    }

    // 50 words, forty times each.
    private static string FrequentAmongRare(int rare, Func<string, string>? form = null)
    {
        form ??= word => word;
        var text = new StringBuilder();
        for (int i = 0; i < rare; i++)
        {
            text.Append(form($"r{i}")).Append(i % 20 == 19 ? '\n' : ' ');
            if (i % (rare / 40) == 0)
                text.AppendJoin(' ', Enumerable.Range(0, 50).Select(n => form($"f{n}"))).Append('\n');
        }

        return text.ToString();
    }

    private static string Join(string[] lines) => string.Join('\n', lines) + "\n";

    private static CorpusSource Source(string[] paths)
    {
        CorpusSource source = CorpusSource.FromPaths(paths).WithBlocks(500);
        source.ShardBytes = 20_000;
        return source;
    }

    private static PreparedCorpus Prepare(string[] paths, int threads, long memory, CacheMode cache, long minCount = 1, ILogger? log = null) =>
        PreparedCorpus.Prepare(Source(paths), new CorpusOptions { Vocabulary = new() { MinCount = minCount, MemoryLimitBytes = memory }, Cache = cache }, threads, 1, null, log);

    internal static string[] Words(Vocabulary vocabulary) =>
        [.. Enumerable.Range(0, vocabulary.Count).Select(id => $"{vocabulary.Words.GetString(id)} {vocabulary.Counts[id]}")];

    private static List<string> Blocks(PreparedCorpus corpus) => [.. Ids(corpus).Select(block => $"{block.Key}: {string.Join(' ', block.Value)}")];

    private static SortedDictionary<ulong, int[]> Ids(PreparedCorpus corpus)
    {
        var blocks = new SortedDictionary<ulong, int[]>();
        using IBlockReader reader = corpus.Blocks.Open(0, 1)[0];
        using var block = new TokenBlock();
        while (reader.TryRead(block))
            blocks.Add(block.Number, block.Ids.ToArray());
        return blocks;
    }
}
