using System.Text;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Tests.Corpus;
using NceFast.Tests.Vocab;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Blocks;

public sealed class GivenVocabularyTests : IDisposable
{
    private const int Words = 60_000;
    private readonly TextFiles _files = new();
    private readonly ListLogger _log = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(SpecialWordsMode.None)]
    [InlineData(SpecialWordsMode.Closed)]
    [InlineData(SpecialWordsMode.Open)]
    public void The_share_of_known_words_is_reported_with_a_warning_below_one_half(SpecialWordsMode mode)
    {
        foreach ((string text, int known) in new[] { ("a b c d x\n", 4), ("a b x y z\n", 2) })
        {
            _log.Lines.Clear();
            using PreparedCorpus corpus = Prepare(CorpusSource.FromPaths(Write(text)), new() { VocabularyIn = Given(), SpecialWords = mode }, 2);
            ReadAll(corpus);
            Assert.Equal(Words / 5 * known, corpus.Statistics.KnownWords);
            Assert.Equal(known / 5.0, corpus.Statistics.KnownShare, 12);
            Assert.Equal(known == 2 ? 1 : 0, _log.Lines.Count(line => line.Level == LogLevel.Warning));
        }

        Assert.Contains($"{Words / 5 * 2:N0} of the {Words:N0} words", _log.Lines.Last(line => line.Level == LogLevel.Warning).Text);
    }

    [Fact]
    public void A_low_share_is_a_warning_after_a_million_words_and_at_the_end()
    {
        string path = _files.Write("t.txt", new StringBuilder().Insert(0, "a b x y z\n", 250_000).ToString());
        using PreparedCorpus corpus = Prepare(CorpusSource.FromPaths(path), new() { VocabularyIn = Given() }, 1);
        using (IBlockReader reader = corpus.Blocks.Open(0, 1)[0])
        {
            using var block = new TokenBlock();
            for (long read = 0; read < 1_000_000; read += block.Words)
            {
                Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Warning);
                Assert.True(reader.TryRead(block));
            }

            Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning);
            while (reader.TryRead(block))
            {
            }
        }

        Assert.Equal(2, _log.Lines.Count(line => line.Level == LogLevel.Warning));
    }

    [Fact]
    public void A_counted_vocabulary_reports_its_share_too()
    {
        string path = Write("a b c d x\n");
        using PreparedCorpus corpus = Prepare(CorpusSource.FromPaths(path), new() { Vocabulary = new() { MaxVocab = 2 } }, 1);
        Assert.Equal(Words / 5 * 2, corpus.Statistics.KnownWords);
        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public void Progress_of_a_stream_follows_its_own_length_where_a_cache_is_allowed()
    {
        foreach (int epochs in new[] { 1, 2 })
        {
            using PreparedCorpus corpus = Prepare(Stream(), new() { VocabularyIn = Given() }, 2, epochs);
            Assert.True(corpus.IsCached);
            Assert.Equal(Words, corpus.Blocks.Words);
            Assert.Equal((Words, Words / 5 * 4, 0), (corpus.Statistics.Words, corpus.Statistics.KnownWords, corpus.Statistics.UnplannedWords));
            for (int epoch = 0; epoch < epochs; epoch++)
                Assert.Equal(Steps(Words), Progress(corpus, epoch));
        }

        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public void Progress_of_a_stream_without_cache_follows_the_words_stated_else_the_vocabulary_with_one_warning()
    {
        var options = new CorpusOptions { VocabularyIn = Given(), Cache = CacheMode.Never };
        using (PreparedCorpus stated = Prepare(Stream(), options with { StreamWords = Words }, 1))
            Assert.Equal(Steps(Words), Progress(stated, 0));
        Assert.DoesNotContain(_log.Lines, line => line.Level == LogLevel.Warning);

        using PreparedCorpus corpus = Prepare(Stream(), options, 1);
        Assert.Equal(Steps(30_000), Progress(corpus, 0));
        Assert.Equal(30_000, corpus.Statistics.UnplannedWords);
        Assert.Contains("30,000 words", Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning).Text);
    }

    [Fact]
    public void Progress_of_several_streams_rises_over_all_of_them()
    {
        var options = new CorpusOptions { VocabularyIn = Given(), Cache = CacheMode.Never, StreamWords = Words };
        string file = Write("a b c d x\n", Words / 2);
        CorpusSource source = CorpusSource.FromPaths(["-", file], () => new UnknownLength(Text("a b c d x\n", Words / 2))).WithBlocks(5_000);
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, options, 1, 1, null, _log);
        Assert.Equal(Steps(Words), Progress(corpus, 0));
    }

    private static byte[] Text(string line, int words = Words) => Encoding.ASCII.GetBytes(new StringBuilder().Insert(0, line, words / 5).ToString());

    private static CorpusSource Stream() => CorpusSource.FromStream(new UnknownLength(Text("a b c d x\n")));

    private static List<double> Steps(double total) => [.. Enumerable.Range(0, Words / 5_000).Select(i => Math.Min(1, i * 5_000 / total))];

    private static List<double> Progress(PreparedCorpus corpus, int epoch)
    {
        var steps = new List<double>();
        using IBlockReader reader = corpus.Blocks.Open(epoch, 1)[0];
        using var block = new TokenBlock();
        while (reader.TryRead(block))
            steps.Add(block.Progress);
        return steps;
    }

    private static void ReadAll(PreparedCorpus corpus)
    {
        IReadOnlyList<IBlockReader> readers = corpus.Blocks.Open(0, 2);
        using var block = new TokenBlock();
        foreach (IBlockReader reader in readers)
        {
            while (reader.TryRead(block))
            {
            }
        }

        foreach (IBlockReader reader in readers)
            reader.Dispose();
    }

    // Counts 30,000 words.
    private static Vocabulary Given()
    {
        var words = new WordList.Builder();
        foreach (string word in new[] { "a", "b", "c", "d" })
            words.Add(word);
        return new Vocabulary(words.Build(), [7_500, 7_500, 7_500, 7_500]);
    }

    private string Write(string line, int words = Words) => _files.Write("t.txt", Text(line, words));

    private PreparedCorpus Prepare(CorpusSource source, CorpusOptions options, int threads, int epochs = 1) =>
        PreparedCorpus.Prepare(source.WithBlocks(5_000), options, threads, epochs, null, _log);

    private sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
