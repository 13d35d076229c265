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

    private string[] Node(int rank, string first, string second) => [_files.Write($"{rank}/first.txt", first), _files.Write($"{rank}/second.txt", second)];

    private static int Prepare(string[] paths, ICommunicator ranks)
    {
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } };
        using PreparedCorpus corpus = RankedCorpus.Prepare(CorpusSource.FromPaths(paths), options, ShardMode.Rank, 1, 1, null, NullLogger.Instance, ranks, CancellationToken.None);
        return corpus.Vocabulary.Count;
    }
}
