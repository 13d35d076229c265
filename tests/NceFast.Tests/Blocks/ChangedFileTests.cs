using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Blocks;

/// <summary>Files that vanish or change between two readings of a text are named.</summary>
public sealed class ChangedFileTests : IDisposable
{
    private readonly TextFiles _files = new();
    private readonly CorpusOptions _options = new() { Vocabulary = new VocabularyOptions { MinCount = 1 }, Cache = CacheMode.Never };
    private readonly string[] _paths;

    public ChangedFileTests() => _paths = [_files.Write("a.txt", "a b\n"), _files.Write("b.gz", TextFiles.Gzip("c d\n"u8.ToArray())), _files.Write("c.txt", "e f\n")];

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Between_counting_and_training(int file)
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(_paths), _options, 1);
        File.AppendAllText(_paths[file], "more");
        Assert.Matches($"{Path.GetFileName(_paths[file])} had [0-9]+ bytes when it was listed and has [0-9]+ now", Error(corpus, 0));
        File.Delete(_paths[file]);
        Assert.Contains($"{_paths[file]} cannot be opened", Error(corpus, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Between_epochs(int file)
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(_paths), _options, 1);
        Assert.Equal(6, Read(corpus, 0));
        File.Delete(_paths[file]);
        Assert.Contains($"{_paths[file]} cannot be opened", Error(corpus, 1));
    }

    [Fact]
    public void A_change_that_keeps_the_size_is_seen_when_a_fingerprint_was_taken()
    {
        CorpusSource source = CorpusSource.FromPaths(_paths);
        source.Fingerprints();
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, _options, 1);
        File.SetLastWriteTimeUtc(_paths[0], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc)); // touched, and the same text
        Assert.Equal(6, Read(corpus, 0));
        File.WriteAllText(_paths[2], "e g\n");
        File.SetLastWriteTimeUtc(_paths[2], new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Contains("c.txt has as many bytes as before but different content", Error(corpus, 1));
    }

    [Fact]
    public void Other_words_in_as_many_bytes_are_seen_without_a_fingerprint()
    {
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(_paths), _options, 1);
        File.WriteAllText(_paths[2], "e  \n");
        Assert.Contains("c.txt has changed since its words were counted", Error(corpus, 0));
    }

    private static string Error(PreparedCorpus corpus, int epoch)
    {
        var error = Assert.Throws<NceFastException>(() => Read(corpus, epoch));
        Assert.Equal(ErrorKind.Input, error.Kind);
        return error.Message;
    }

    private static long Read(PreparedCorpus corpus, int epoch)
    {
        using IBlockReader reader = corpus.Blocks.Open(epoch, 1)[0];
        using var block = new TokenBlock();
        long words = 0;
        while (reader.TryRead(block))
            words += block.Words;
        return words;
    }
}
