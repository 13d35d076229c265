using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>Ranks that share a text must all see the same bytes of it.</summary>
public sealed class SameFilesTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_stale_copy_of_the_same_size_is_refused_by_name()
    {
        string[][] paths = [Node(0, "a b\n", "c d\n"), Node(1, "a b\n", "c e\n")];
        var results = RankThreads.Run(2, ranks => Prepare(paths[ranks.Rank], ranks));
        Assert.All(results, r =>
        {
            var error = Assert.IsType<NceFastException>(r.Error);
            Assert.Equal(ErrorKind.Ranks, error.Kind);
            Assert.Contains("second.txt differs between ranks", error.Message);
        });
    }

    [Fact]
    public void A_missing_file_is_refused()
    {
        string[][] paths = [Node(0, "a b\n", "c d\n"), Node(1, "a b\n", "c d\n")[..1]];
        var results = RankThreads.Run(2, ranks => Prepare(paths[ranks.Rank], ranks));
        Assert.All(results, r => Assert.Contains("number of text files", Assert.IsType<NceFastException>(r.Error).Message));
    }

    [Fact]
    public void Identical_copies_with_other_times_are_the_same_text()
    {
        string[][] paths = [Node(0, "a b\n", "c d\n"), Node(1, "a b\n", "c d\n")];
        File.SetLastWriteTimeUtc(paths[1][1], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var results = RankThreads.Run(2, ranks => Prepare(paths[ranks.Rank], ranks));
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.Equal(4, r.Result));
    }

    [Fact]
    public void A_file_that_only_one_rank_has_is_named()
    {
        string[][] paths = [Node(0, "a b\n", "c d\n"), [Node(1, "a b\n", "c d\n")[0], _files.Write("1/more.txt", "e\n"), _files.Write("1/second.txt", "c d\n")]];
        var results = RankThreads.Run(2, ranks => Prepare(paths[ranks.Rank], ranks));
        Assert.All(results, r =>
        {
            string message = Assert.IsType<NceFastException>(r.Error).Message;
            Assert.Contains("2 on rank 0, 3 on rank 1", message);
            Assert.Contains("file 2", message);
            Assert.Contains("1/more.txt with 2 bytes on rank 1", message);
        });
    }

    [Fact]
    public void Another_order_is_refused_with_the_first_file_and_the_rank()
    {
        string[][] paths = [Node(0, "a b\n", "c d e\n"), Node(1, "a b\n", "c d e\n"), [.. Node(2, "a b\n", "c d e\n").Reverse()]];
        var results = RankThreads.Run(3, ranks => Prepare(paths[ranks.Rank], ranks));
        Assert.All(results, r => Assert.Matches("0/first.txt differs between ranks: 4 bytes .* on rank 0, 6 bytes .* on rank 2 \\(there .*2/second.txt\\); it is file 1 of 2", Assert.IsType<NceFastException>(r.Error).Message));
    }

    [Fact]
    public void Ranks_that_are_dealt_whole_files_count_what_one_process_counts()
    {
        var random = new Random(2);
        string[] paths = [.. Enumerable.Range(0, 11).Select(i => _files.Write($"{i}.gz", TextFiles.Gzip(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100 << random.Next(6)).Select(_ => $"w{random.Next(300)} x{random.Next(30)}\n"))))))];
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 }, Cache = CacheMode.Never };
        using PreparedCorpus alone = PreparedCorpus.Prepare(CorpusSource.FromPaths(paths), options, 1);
        var results = RankThreads.Run(3, ranks =>
        {
            using PreparedCorpus corpus = RankedCorpus.Prepare(CorpusSource.FromPaths(paths), options, ShardMode.Rank, 2, 1, null, NullLogger.Instance, ranks, CancellationToken.None);
            return (Words: Vocab.CountingMemoryTests.Words(corpus.Vocabulary), Seen: corpus.Statistics, Own: corpus.Blocks.Words);
        });
        Assert.All(results, r => Assert.Null(r.Error));
        Assert.All(results, r => Assert.Equal(Vocab.CountingMemoryTests.Words(alone.Vocabulary), r.Result.Words));
        Assert.All(results, r => Assert.Equal((alone.Statistics.Words, alone.Statistics.Sentences, alone.Statistics.Bytes), (r.Result.Seen.Words, r.Result.Seen.Sentences, r.Result.Seen.Bytes)));
        Assert.Equal(alone.Statistics.Words, results.Sum(r => r.Result.Own));
    }

    private string[] Node(int rank, string first, string second) => [_files.Write($"{rank}/first.txt", first), _files.Write($"{rank}/second.txt", second)];

    private static int Prepare(string[] paths, ICommunicator ranks)
    {
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } };
        using PreparedCorpus corpus = RankedCorpus.Prepare(CorpusSource.FromPaths(paths), options, ShardMode.Rank, 1, 1, null, NullLogger.Instance, ranks, CancellationToken.None);
        return corpus.Vocabulary.Count;
    }
}
