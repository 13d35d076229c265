using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Tests.Corpus;
using NceFast.Tests.Vocab;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

public sealed class CountingTogetherTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    // With 6 MiB the workers move their words while they count; MaxVocab cuts between words that were seen equally often.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(6L << 20, 0)]
    [InlineData(6L << 20, 20_000)]
    public void Ranks_make_the_same_vocabulary_as_one_process(long memory, int most)
    {
        string path = _files.Write("t.txt", string.Join('\n', CountingMemoryTests.ManyWords()));
        var options = new CorpusOptions { Vocabulary = new() { MinCount = 3, MaxVocab = most, MemoryLimitBytes = memory }, Cache = CacheMode.Never };
        using PreparedCorpus alone = PreparedCorpus.Prepare(Source(path), options, 1);
        string[] expected = CountingMemoryTests.Words(alone.Vocabulary);
        foreach (var (found, error) in RankThreads.Run(3, ranks => Count(path, options, ranks)))
        {
            Assert.Null(error);
            Assert.Equal(expected, found.Words);
            Assert.Equal((alone.Statistics.Words, alone.Statistics.DistinctWords, alone.Statistics.KnownWords, 0), (found.Seen!.Words, found.Seen.DistinctWords, found.Seen.KnownWords, found.Seen.PrunedWords));
        }
    }

    [Fact]
    public void Ranks_report_together_what_they_dropped()
    {
        string path = _files.Write("t.txt", string.Join('\n', CountingMemoryTests.ManyWords()));
        var options = new CorpusOptions { Vocabulary = new() { MinCount = 1, MemoryLimitBytes = 1 << 20 }, Cache = CacheMode.Never };
        foreach (var (found, error) in RankThreads.Run(3, ranks => Count(path, options, ranks)))
        {
            Assert.Null(error);
            Assert.Equal(found.Seen!.Words, found.Seen.PrunedWords + found.Seen.KnownWords);
            Assert.InRange(found.Seen.MaxUndercount, 1, 1000);
            Assert.InRange(found.Seen.PrunedDistinctWords, 1, 50_000);
        }
    }

    [Fact]
    public void Ranks_add_counts_up_to_the_largest_allowed()
    {
        string path = _files.Write("t.txt", "a b\na b\n");
        var words = new WordList.Builder();
        words.Add("a");
        var options = new CorpusOptions { Vocabulary = new() { MinCount = 1 }, VocabularyBase = new Vocabulary(words.Build(), [Vocabulary.MaxTotalWords - 1]), Cache = CacheMode.Never };
        Exception?[] errors = [.. RankThreads.Run(2, ranks => Count(path, options, ranks)).Select(r => r.Error)];
        Assert.Contains(errors, error => error is NceFastException { Kind: ErrorKind.Input });
    }

    private static (string[] Words, CorpusStatistics? Seen) Count(string path, CorpusOptions options, ICommunicator ranks)
    {
        using PreparedCorpus corpus = RankedCorpus.Prepare(Source(path), options, ShardMode.Rank, 2, 1, null, NullLogger.Instance, ranks, CancellationToken.None);
        return (CountingMemoryTests.Words(corpus.Vocabulary), corpus.Statistics);
    }

    private static CorpusSource Source(string path)
    {
        CorpusSource source = CorpusSource.FromPaths(path).WithBlocks(500);
        source.ShardBytes = 20_000;
        return source;
    }
}
