using System.Text;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Files;
using NceFast.Tests.Corpus;
using NceFast.Tests.Vocab;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Blocks;

public sealed class PreparedCorpusTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Blocks_are_the_same_from_cache_and_text_with_any_number_of_threads()
    {
        byte[] text = SampleText(300_000);
        string path = _files.Write("t.txt", text);
        List<string>? expected = null;
        foreach (CacheMode cache in new[] { CacheMode.Never, CacheMode.Always, CacheMode.Auto })
        {
            foreach (int threads in new[] { 1, 2, 3 })
            {
                CorpusSource source = Shards(CorpusSource.FromPaths(path));
                using PreparedCorpus corpus = PreparedCorpus.Prepare(source, Options(cache), threads, 2);
                Assert.Equal(cache != CacheMode.Never, corpus.IsCached);
                expected ??= ReadAll(corpus.Blocks, 0, 1);
                Assert.Equal(expected, ReadAll(corpus.Blocks, 0, threads));
                Assert.Equal(expected, ReadAll(corpus.Blocks, 1, 2));
                Assert.Equal(corpus.Statistics.Words, corpus.Blocks.Words);
            }
        }

        CheckIds(expected!, text);
    }

    [Fact]
    public void Sequential_text_gives_the_same_blocks_in_every_way()
    {
        byte[] text = SampleText(150_000);
        Vocabulary vocabulary;
        List<string> expected;
        using (PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromStream(new MemoryStream(text)), Options(CacheMode.Auto), 1))
        {
            vocabulary = corpus.Vocabulary;
            expected = ReadAll(corpus.Blocks, 0, 1);
            Assert.True(expected.Count > 3);
        }

        string gzip = _files.Write("t.gz", TextFiles.Gzip(text));
        foreach (int threads in new[] { 1, 3 })
        {
            using PreparedCorpus counted = PreparedCorpus.Prepare(CorpusSource.FromPaths(gzip), Options(CacheMode.Auto), threads);
            Assert.True(counted.IsCached);
            Assert.Equal(expected, ReadAll(counted.Blocks, 0, threads));
            using PreparedCorpus reread = PreparedCorpus.Prepare(CorpusSource.FromPaths(gzip), Options(CacheMode.Never), threads);
            Assert.Equal(expected, ReadAll(reread.Blocks, 0, threads));
            using PreparedCorpus given = PreparedCorpus.Prepare(CorpusSource.FromStream(new MemoryStream(text)), Options(CacheMode.Auto) with { VocabularyIn = vocabulary }, threads, 3);
            Assert.Equal(-1, given.Blocks.Words);
            for (int epoch = 0; epoch < 3; epoch++)
                Assert.Equal(expected, ReadAll(given.Blocks, epoch, threads));
            Assert.Equal(150_000, given.Blocks.Words);
            Assert.Equal(150_000, given.Statistics.Words);
        }
    }

    [Fact]
    public void One_epoch_of_a_stream_with_a_vocabulary_touches_no_disk()
    {
        byte[] text = SampleText(50_000);
        Vocabulary vocabulary = Vocabulary.Load(_files.Write("v", "w1 10\nw2 8\n"));
        CorpusOptions options = Options(CacheMode.Auto) with { VocabularyIn = vocabulary, CacheDirectory = "/no/such/folder" };
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromStream(new MemoryStream(text)), options, 2);
        Assert.False(corpus.IsCached);
        Assert.Equal(0, corpus.Statistics.Words);
        ReadAll(corpus.Blocks, 0, 2);
        Assert.Equal(50_000, corpus.Statistics.Words);
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => corpus.Blocks.Open(1, 1)).Kind);
    }

    [Fact]
    public void Progress_rises_from_zero_and_is_exact_after_counting()
    {
        string path = _files.Write("t.txt", SampleText(200_000));
        foreach (CacheMode cache in new[] { CacheMode.Never, CacheMode.Always })
        {
            using PreparedCorpus corpus = PreparedCorpus.Prepare(Shards(CorpusSource.FromPaths(path)), Options(cache), 2);
            using IBlockReader reader = Assert.Single(corpus.Blocks.Open(0, 1));
            using var block = new TokenBlock();
            long before = 0;
            for (; reader.TryRead(block); before += block.Words)
                Assert.Equal(before / 200_000.0, block.Progress, 12);
            Assert.Equal(200_000, before);
        }

        Vocabulary vocabulary = Vocabulary.Load(_files.Write("v", "w1 100000\n"));
        foreach (CorpusSource source in new[] { CorpusSource.FromPaths(path), CorpusSource.FromStream(new UnsizedStream(SampleText(200_000))) })
        {
            using PreparedCorpus corpus = PreparedCorpus.Prepare(source, Options(CacheMode.Auto) with { VocabularyIn = vocabulary }, 1);
            using IBlockReader reader = Assert.Single(corpus.Blocks.Open(0, 1));
            using var block = new TokenBlock();
            double last = -1;
            while (reader.TryRead(block))
            {
                Assert.InRange(block.Progress, Math.Max(0, last), 1);
                last = block.Progress;
            }

            Assert.True(last > 0.5);
        }
    }

    [Fact]
    public void The_cache_leaves_no_file_behind()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_files.Folder, "cache")).FullName;
        string path = _files.Write("t.txt", SampleText(50_000));
        CorpusOptions options = Options(CacheMode.Always) with { CacheDirectory = folder };
        using (PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), options, 2))
            ReadAll(corpus.Blocks, 0, 2);
        Assert.Empty(Directory.GetFiles(folder));
        string bad = _files.Write("bad.gz", TextFiles.Gzip(SampleText(90_000)).AsSpan()[..^5]);
        Assert.Throws<NceFastException>(() => PreparedCorpus.Prepare(CorpusSource.FromPaths(bad), options, 2));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public void A_cache_that_does_not_fit_is_abandoned_and_the_text_is_read_again(int threads, bool vocabularyIsGiven)
    {
        string path = _files.Write("t.gz", TextFiles.Gzip(SampleText(90_000)));
        Vocabulary? given = vocabularyIsGiven ? Vocabulary.Load(_files.Write("v", "w1 10\nw2 9\nw3 8\n")) : null;
        using PreparedCorpus wanted = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Never) with { VocabularyIn = given }, threads, 2);
        var log = new ListLogger();
        CorpusOptions options = Options(CacheMode.Auto) with { VocabularyIn = given, CacheLimitBytes = vocabularyIsGiven ? 200 : 100_000 };
        using PreparedCorpus found = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), options, threads, 2, null, log);
        Assert.Equal(wanted.Vocabulary.Words.Count, found.Vocabulary.Words.Count);
        Assert.Equal(wanted.Vocabulary.Counts, found.Vocabulary.Counts);
        for (int epoch = 0; epoch < 2; epoch++)
            Assert.Equal(ReadAll(wanted.Blocks, epoch, threads), ReadAll(found.Blocks, epoch, threads));
        Assert.False(found.IsCached);
        Assert.Equal(wanted.Blocks.Words, found.Blocks.Words);
        Assert.Contains("each epoch reads the text again", Assert.Single(log.Lines, l => l.Level == LogLevel.Warning && !l.Text.StartsWith("The vocabulary has", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_that_cannot_be_made_is_a_warning_where_the_text_can_be_read_again()
    {
        string path = _files.Write("t.txt", SampleText(50_000));
        CorpusOptions options = Options(CacheMode.Auto) with { CacheDirectory = "/no/such", ShuffleSeed = 1 };
        var log = new ListLogger();
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), options, 2, 2, null, log);
        Assert.False(corpus.IsCached);
        Assert.Contains("only the cache can be shuffled", Assert.Single(log.Lines, l => l.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
        var once = Assert.Throws<NceFastException>(() => PreparedCorpus.Prepare(CorpusSource.FromStream(new MemoryStream(SampleText(1000))), options, 1, 2));
        Assert.Equal(ErrorKind.Output, once.Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_required_cache_that_does_not_fit_is_an_error(bool canReadAgain)
    {
        byte[] text = SampleText(90_000);
        CorpusSource source = canReadAgain ? CorpusSource.FromPaths(_files.Write("t.txt", text)) : CorpusSource.FromStream(new MemoryStream(text));
        CorpusOptions options = Options(canReadAgain ? CacheMode.Always : CacheMode.Auto) with { CacheLimitBytes = 1000 };
        var error = Assert.Throws<NceFastException>(() => PreparedCorpus.Prepare(source, options, 1));
        Assert.Equal(ErrorKind.Output, error.Kind);
    }

    [Fact]
    public void Full_disk_is_an_output_error_with_the_forecast()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "This system has no /dev/full.");
        using var file = new SpoolFile(FileActions.Open("/dev/full", FileMode.Open, FileAccess.Write, FileShare.Read), "/cache", 12_345);
        var error = Assert.Throws<NceFastException>(() => file.Append(new int[1000]));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains("12,345", error.Message);
        Assert.Contains("/cache", error.Message);
    }

    [Fact]
    public void A_required_cache_that_cannot_be_made_is_an_error()
    {
        string path = _files.Write("t.txt", "a b c");
        var output = Assert.Throws<NceFastException>(() => PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Always) with { CacheDirectory = "/no/such" }, 1));
        Assert.Equal(ErrorKind.Output, output.Kind);
        var usage = Assert.Throws<NceFastException>(() => PreparedCorpus.Prepare(CorpusSource.FromStream(new MemoryStream()), Options(CacheMode.Never), 1));
        Assert.Equal(ErrorKind.Usage, usage.Kind);
    }

    [Fact]
    public void Statistics_report_what_was_found()
    {
        byte[] text = [.. "ok \0 ok\n"u8, 0xFF, .. " ok "u8, 0xFF, (byte)' ', 0xC3, (byte)'\n', .. Enumerable.Repeat((byte)'q', 5000), (byte)' '];
        string path = _files.Write("t.txt", text);
        var log = new ListLogger();
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Never), 1, 1, null, log);
        CorpusStatistics s = corpus.Statistics;
        Assert.Equal((text.Length, 6, 2, 0), (s.Bytes, s.Words, s.Sentences, s.SplitSentences));
        Assert.Equal((1, 1, 3, 2, 3), (s.NulBytes, s.OverlongWords, s.InvalidUtf8Words, s.InvalidUtf8DistinctWords, s.DistinctWords));
        Assert.Equal($"{path}, byte 17", s.FirstOverlongWord);
        Assert.Equal(3, log.Lines.Count(line => line.Level == Microsoft.Extensions.Logging.LogLevel.Warning));
    }

    [Fact]
    public void Cancelling_stops_counting_and_reading()
    {
        string path = _files.Write("t.txt", SampleText(100_000));
        using var stop = new CancellationTokenSource();
        using PreparedCorpus cached = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Always), 1, 1, null, null, stop.Token);
        using PreparedCorpus text = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Never), 1, 1, null, null, stop.Token);
        using var block = new TokenBlock();
        using IBlockReader a = cached.Blocks.Open(0, 1)[0], b = text.Blocks.Open(0, 1)[0];
        Assert.True(a.TryRead(block) && b.TryRead(block));
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => a.TryRead(block));
        Assert.ThrowsAny<OperationCanceledException>(() => b.TryRead(block));
        Assert.ThrowsAny<OperationCanceledException>(() => PreparedCorpus.Prepare(CorpusSource.FromPaths(path), Options(CacheMode.Never), 2, 1, null, null, stop.Token));
    }

    [Fact]
    public void Reading_allocates_nothing_per_block()
    {
        CorpusSource source = CorpusSource.FromPaths(_files.Write("t.txt", SampleText(600_000)));
        source.ShardBytes = 1 << 20;
        using PreparedCorpus cached = PreparedCorpus.Prepare(source, Options(CacheMode.Always), 1);
        (long perPass, int blocks) = Allocated(cached.Blocks);
        Assert.True(blocks > 15);
        Assert.InRange(perPass, 0, 200);
        using PreparedCorpus text = PreparedCorpus.Prepare(source, Options(CacheMode.Never), 1);
        (perPass, _) = Allocated(text.Blocks);
        Assert.InRange(perPass, 0, 4 * 3000);
    }

    [Fact]
    public void A_first_epoch_that_ends_early_fills_no_cache()
    {
        string path = _files.Write("t.txt", SampleText(100_000));
        CorpusOptions options = Options(CacheMode.Always) with { VocabularyIn = Vocabulary.Load(_files.Write("v", "w1 10\n")) };
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), options, 1, 2);
        using (var block = new TokenBlock())
        using (IBlockReader early = corpus.Blocks.Open(0, 1)[0])
            Assert.True(early.TryRead(block));
        Assert.Equal(-1, corpus.Blocks.Words);
        List<string> whole = ReadAll(corpus.Blocks, 0, 1);
        Assert.Equal(100_000, corpus.Blocks.Words);
        Assert.Equal(whole, ReadAll(corpus.Blocks, 1, 1));
    }

    /// <summary>Returns the bytes that this thread allocates between the first block and the end of the pass.</summary>
    [Fact]
    public void Shuffling_reorders_blocks_and_sentences_by_epoch_and_seed_alone()
    {
        string path = _files.Write("t.txt", SampleText(300_000));
        List<string> plain = Sentences(null, 0), first = Sentences(3, 0);
        Assert.Equal(first, Sentences(3, 0));
        foreach (List<string> other in (List<List<string>>)[plain, Sentences(3, 1), Sentences(4, 0)])
        {
            Assert.NotEqual(first, other);
            Assert.Equal(first.Order(StringComparer.Ordinal), other.Order(StringComparer.Ordinal));
        }

        List<string> Sentences(ulong? seed, int epoch)
        {
            using PreparedCorpus corpus = PreparedCorpus.Prepare(Shards(CorpusSource.FromPaths(path)), Options(CacheMode.Always) with { ShuffleSeed = seed }, 2, 2);
            using IBlockReader reader = corpus.Blocks.Open(epoch, 1)[0];
            using var block = new TokenBlock();
            var sentences = new List<string>();
            double progress = 0;
            while (reader.TryRead(block))
            {
                Assert.Equal(progress, block.Progress, 1e-9);
                progress += block.Words / (double)corpus.Blocks.Words;
                int start = 0;
                foreach (int end in block.SentenceEnds)
                {
                    sentences.Add(string.Join(' ', block.Ids[start..end].ToArray()));
                    start = end;
                }
            }

            return sentences;
        }
    }

    private static (long Bytes, int Blocks) Allocated(IBlockSource source)
    {
        using var block = new TokenBlock();
        (long, int) result = default;
        for (int round = 0; round < 2; round++)
        {
            using IBlockReader reader = source.Open(0, 1)[0];
            reader.TryRead(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int blocks = 1;
            while (reader.TryRead(block))
                blocks++;
            result = (GC.GetAllocatedBytesForCurrentThread() - before, blocks);
        }

        return result;
    }

    private CorpusOptions Options(CacheMode cache) => new() { Cache = cache, CacheDirectory = _files.Folder, Vocabulary = new() { MinCount = 3 } };

    private static CorpusSource Shards(CorpusSource source)
    {
        source.ShardBytes = 400_000;
        return source;
    }

    /// <summary>Returns the words w0 to w2999, of which low numbers are frequent, in lines of very different lengths.</summary>
    private static byte[] SampleText(int words)
    {
        var random = new Random(17);
        var text = new StringBuilder();
        for (int i = 0; i < words; i++)
        {
            int word = random.Next(1 + random.Next(3000));
            text.Append(word % 50 == 7 ? "a_long_word_of_the_sample_" : "w").Append(word);
            text.Append(random.Next(i % 40_000 < 20_000 ? 5000 : 12) == 0 ? '\n' : ' ');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Returns all blocks as text, by number, read by several threads.</summary>
    private static List<string> ReadAll(IBlockSource source, int epoch, int readers)
    {
        var blocks = new SortedDictionary<ulong, string>();
        Parallel.ForEach(source.Open(epoch, readers), new ParallelOptions { MaxDegreeOfParallelism = readers }, reader =>
        {
            using (reader)
            using (var block = new TokenBlock())
            {
                while (reader.TryRead(block))
                {
                    string shown = $"{block.Number} {block.Words}: {string.Join(",", block.Ids.ToArray())} | {string.Join(",", block.SentenceEnds.ToArray())}";
                    lock (blocks)
                        blocks.Add(block.Number, shown);
                }
            }
        });
        return [.. blocks.Values];
    }

    /// <summary>Compares the ids with words that are counted, sorted and split by simple code.</summary>
    private static void CheckIds(List<string> blocks, byte[] text)
    {
        List<List<string>> sentences = [.. TextReference.Shards(text, 400_000).Values.SelectMany(TextReference.Sentences)];
        var ids = sentences.SelectMany(s => s).CountBy(w => w).Where(e => e.Value >= 3)
            .OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).Select((e, i) => (e.Key, i)).ToDictionary();
        IEnumerable<int> expected = sentences.SelectMany(s => s).Where(ids.ContainsKey).Select(w => ids[w]);
        IEnumerable<int> read = blocks.SelectMany(b => b.Split(": ")[1].Split(" | ")[0].Split(',')).Select(int.Parse);
        Assert.Equal(expected, read);
    }

    private sealed class UnsizedStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
