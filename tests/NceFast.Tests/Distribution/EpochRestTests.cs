using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>The blocks of an epoch that one number of ranks begins and another number ends.</summary>
public sealed class EpochRestTests : IDisposable
{
    private const int Words = 120_000, BlockWords = 1000, ShardBytes = 6 << 10, WordsPerShard = ShardBytes / 4;

    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Kinds of text, and ways to read it.</summary>
    public static TheoryData<string, CacheMode, bool, bool> Ways => new(
        from text in (string[])["plain", "plain files", "gzip", "gzip files", "both"]
        from way in (IEnumerable<(CacheMode Cache, bool Shuffles, bool Counts)>)[(CacheMode.Always, false, true), (CacheMode.Never, false, true), (CacheMode.Always, true, true), (CacheMode.Never, false, false), (CacheMode.Always, false, false)]
        select (text, way.Cache, way.Shuffles, way.Counts));

    // Fewer and more ranks, and one rank before or after.
    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_block_of_an_epoch_is_read_once(string text, CacheMode cache, bool shuffles, bool counts)
    {
        Random random = new(7);
        foreach ((int before, int after) in ((int, int)[])[(2, 3), (4, 1), (1, 4), (3, 2)])
        {
            Earlier earlier = Begin(text, cache, shuffles, counts, before, _ => 0.3 + (0.2 * random.NextDouble()));
            Part[] parts = Continue(text, cache, shuffles, counts, earlier, after);
            EnsureOnce(earlier, parts, $"{before} to {after}");
        }
    }

    // Every rank has done a part of its own files, which the deal of the whole text would divide unevenly.
    [Theory]
    [InlineData("plain")]
    [InlineData("plain files")]
    [InlineData("gzip")]
    [InlineData("gzip files")]
    public void The_rest_is_divided_evenly(string text)
    {
        foreach ((int before, int after) in ((int, int)[])[(2, 4), (3, 2), (1, 3), (4, 3)])
        {
            Earlier earlier = Begin(text, CacheMode.Never, false, true, before, _ => 0.5);
            long[] words = [.. Continue(text, CacheMode.Never, false, true, earlier, after).Select(part => part.Epochs[0].Sum(block => block.Words))];
            Assert.True(words.Max() - words.Min() <= (0.1 * words.Average()) + (3 * WordsPerShard), $"{before} to {after}: {string.Join(", ", words)}");
        }
    }

    // A rate that falls linearly with the progress then begins where it stopped, and ends where it should.
    [Theory]
    [MemberData(nameof(Ways))]
    public void The_progress_goes_on_where_it_stopped(string text, CacheMode cache, bool shuffles, bool counts)
    {
        Earlier earlier = Begin(text, cache, shuffles, counts, 2, _ => 0.4);
        foreach (Part part in Continue(text, cache, shuffles, counts, earlier, 3))
        {
            (ulong Number, int Words, double Progress)[] rest = part.Epochs[0], next = part.Epochs[1];
            Assert.All(rest.Zip(rest.Skip(1)), pair => Assert.True(pair.First.Progress <= pair.Second.Progress, $"{pair.First} then {pair.Second}"));
            Assert.InRange(rest[0].Progress, 0.3, 0.5);
            if (counts)
                Assert.Equal(earlier.Finished.Sum(block => block.Words) / (double)earlier.All.Values.Sum(), rest[0].Progress, 12);
            Assert.InRange(rest[^1].Progress, counts ? 0.93 : 0.75, 1);
            Assert.InRange(next[0].Progress, 0, counts ? 0 : 0.2);
            Assert.InRange(next[^1].Progress, 0.9, 1);
        }
    }

    [Fact]
    public void A_finished_epoch_has_no_rest()
    {
        Earlier earlier = Begin("gzip files", CacheMode.Always, false, true, 2, _ => 1);
        Part[] parts = Continue("gzip files", CacheMode.Always, false, true, earlier, 3);
        Assert.All(parts, part => Assert.Empty(part.Epochs[0]));
        EnsureOnce(earlier, parts, "2 to 3");
    }

    // The third number takes over what two others have begun, and what the second number did is divided as before if it goes on itself.
    [Fact]
    public void A_rest_can_be_interrupted_too()
    {
        const string Text = "gzip files";
        Earlier first = Begin(Text, CacheMode.Never, false, true, 2, _ => 0.3);
        Part[] undisturbed = Continue(Text, CacheMode.Never, false, true, first, 4);
        Part[] begun = Continue(Text, CacheMode.Never, false, true, first, 4, part: 0.5);
        Part[] same = Continue(Text, CacheMode.Never, false, true, first, 4, own: begun);
        for (int rank = 0; rank < 4; rank++)
            Assert.Equal(undisturbed[rank].Epochs[0], begun[rank].Epochs[0].Concat(same[rank].Epochs[0]));
        Earlier second = first with { Finished = [.. first.Finished, .. begun.SelectMany(part => part.Epochs[0]).Select(block => (block.Number, block.Words))] };
        EnsureOnce(second, Continue(Text, CacheMode.Never, false, true, second, 3), "4 to 3");
    }

    private static void EnsureOnce(Earlier earlier, Part[] parts, string what)
    {
        ulong[] all = [.. earlier.All.Keys];
        Assert.Equal(all, parts.SelectMany(part => part.Epochs[0]).Select(block => block.Number).Concat(earlier.Finished.Select(block => block.Number)).Order());
        for (int epoch = 1; epoch < parts[0].Epochs.Length; epoch++)
            Assert.True(all.SequenceEqual(parts.SelectMany(part => part.Epochs[epoch]).Select(block => block.Number).Order()), $"{what}, epoch {epoch}");
        Assert.All(parts.SelectMany(part => part.Epochs).SelectMany(blocks => blocks), block => Assert.Equal(earlier.All[block.Number], block.Words));
    }

    /// <summary>Represents the state in which the first number of ranks stops.</summary>
    private sealed record Earlier(CorpusState Corpus, SortedDictionary<ulong, int> All, (ulong Number, int Words)[] Finished, double Progress);

    private sealed record Part((ulong Number, int Words, double Progress)[][] Epochs);

    private Earlier Begin(string text, CacheMode cache, bool shuffles, bool counts, int ranks, Func<int, double> part)
    {
        Source(text); // so that the files exist
        CorpusOptions options = Options(text, cache, shuffles, counts);
        var results = RankThreads.Run(ranks, rank =>
        {
            using PreparedCorpus corpus = RankedCorpus.Prepare(Source(text).WithBlocks(BlockWords), options, ShardMode.Rank, 1, 3, null, NullLogger.Instance, rank, CancellationToken.None);
            (ulong Number, int Words, double Progress)[] all = Read(corpus.Blocks, 0, 1);
            return (corpus.State, All: all, Done: all[..(int)(all.Length * part(rank.Rank))]);
        });
        Assert.All(results, r => Assert.Null(r.Error));
        bool knows = counts; // a first epoch that is not complete does not know its blocks
        CorpusState state = results[0].Result.State;
        BlockIndex? blocks = knows ? new BlockIndex(results.SelectMany(r => r.Result.All).Select(b => new BlockEntry(b.Number, b.Words, 0, 0, 0))) : null;
        return new Earlier(
            state with { Blocks = blocks, Statistics = knows ? state.Statistics : new CorpusStatistics() },
            new SortedDictionary<ulong, int>(results.SelectMany(r => r.Result.All).ToDictionary(b => b.Number, b => b.Words)),
            [.. results.SelectMany(r => r.Result.Done).Select(b => (b.Number, b.Words))],
            results.Average(r => r.Result.Done.Length == 0 ? 0 : r.Result.Done[^1].Progress));
    }

    // Three epochs, with a part of the first one only if requested.
    private Part[] Continue(string text, CacheMode cache, bool shuffles, bool counts, Earlier earlier, int ranks, double part = 1, Part[]? own = null)
    {
        CorpusOptions options = Options(text, cache, shuffles, counts);
        var results = RankThreads.Run(ranks, rank =>
        {
            var finished = new FinishedBlocks(0, own?[rank.Rank].Epochs[0].Select(block => block.Number) ?? []);
            var saved = new SavedText(earlier.Corpus, true, finished, new EarlierBlocks(new FinishedBlocks(0, earlier.Finished.Select(block => block.Number)), earlier.Progress));
            using PreparedCorpus corpus = RankedCorpus.Restore(Source(text), options, saved, ShardMode.Rank, 1, 3, NullLogger.Instance, rank, CancellationToken.None);
            corpus.Finished = finished;
            return new Part([.. Enumerable.Range(0, 3).Select(epoch => Read(corpus.Blocks, epoch, epoch == 0 ? part : 1))]);
        });
        Assert.All(results, r => Assert.Null(r.Error));
        return [.. results.Select(r => r.Result!)];
    }

    private static (ulong Number, int Words, double Progress)[] Read(IBlockSource blocks, int epoch, double part)
    {
        var read = new List<(ulong Number, int Words, double Progress)>();
        using IBlockReader reader = blocks.Open(epoch, 1)[0];
        using var block = new TokenBlock();
        while (reader.TryRead(block))
            read.Add((block.Number, (int)block.Words, block.Progress));
        return [.. read.Take((int)(read.Count * part))];
    }

    private CorpusOptions Options(string text, CacheMode cache, bool shuffles, bool counts)
    {
        var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 }, Cache = cache, CacheDirectory = _files.Folder, ShuffleSeed = shuffles ? 5 : null };
        if (counts)
            return options;
        using PreparedCorpus counted = PreparedCorpus.Prepare(Source(text), options with { Cache = CacheMode.Never }, 1);
        return options with { VocabularyIn = counted.Vocabulary };
    }

    private CorpusSource Source(string text)
    {
        string folder = Path.Combine(_files.Folder, text);
        if (!Directory.Exists(folder))
            Write(text);
        CorpusSource source = CorpusSource.FromPaths(folder);
        source.ShardBytes = ShardBytes;
        return source;
    }

    private void Write(string text)
    {
        Random random = new(3);
        var lines = new string[Words / 15];
        for (int i = 0; i < lines.Length; i++)
            lines[i] = string.Join(' ', Enumerable.Range(0, random.Next(1, 30)).Select(_ => $"w{random.Next(300)}"));
        int files = text is "plain" or "gzip" ? 1 : 9;
        for (int i = 0, from = 0; i < files; i++)
        {
            int to = i == files - 1 ? lines.Length : from + (lines.Length / files * (i % 2 == 0 ? 3 : 2) / 3);
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines[from..to]) + "\n");
            bool packs = text.StartsWith("gzip", StringComparison.Ordinal) || (text == "both" && i % 2 == 0);
            _files.Write($"{text}/{i}.{(packs ? "gz" : "txt")}", packs ? TextFiles.Gzip(bytes) : bytes);
            from = to;
        }
    }
}
