using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

/// <summary>Corpora of many files: their order, the first error, memory, and their parts.</summary>
public sealed class ManyFilesTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void The_first_wrong_file_in_order_is_reported_by_any_number_of_threads()
    {
        for (int i = 0; i < 500; i++)
            _files.Write($"f{i:D3}", i is 123 or 124 or 250 or 499 ? [0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0, 0] : "text"u8);
        for (int round = 0; round < 5; round++)
            Assert.Contains("f123 looks like a zip", Assert.Throws<NceFastException>(() => CorpusSource.FromPaths(_files.Folder)).Message);
    }

    [Fact]
    public void Many_files_are_listed_in_ordinal_order()
    {
        string[] paths = [.. Enumerable.Range(0, 300).Select(i => _files.Write($"{i % 7}/f{i:D3}.txt", $"w{i}")).Order(StringComparer.Ordinal)];
        Assert.Equal(paths, CorpusSource.FromPaths(_files.Folder).Names);
    }

    [Fact]
    public void Files_that_are_finished_take_no_memory()
    {
        for (int i = 0; i < 500; i++)
            _files.Write($"f{i}.gz", TextFiles.Gzip("a few words\n"u8.ToArray()));
        CorpusSource source = CorpusSource.FromPaths(_files.Folder);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using var pass = new TextPass(source, CancellationToken.None);
        using var reader = new TextBlockReader(pass);
        var sink = new CollectingSink();
        while (reader.TryRead(ref sink, out _))
        {
        }

        Assert.Equal(500, sink.Sentences.Count);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 10_000_000); // 88 kB for each file would be 44 MB
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Parts_have_every_block_once_and_count_every_text_once(int parts)
    {
        CorpusSource whole = Mixture();
        var (expected, counts) = TextFiles.ReadAll(whole, 2);
        var blocks = new SortedDictionary<ulong, string>();
        long words = 0, bytes = 0;
        for (int part = 0; part < parts; part++)
        {
            var (own, seen) = TextFiles.ReadAll(whole.TakePart(part, parts), 2);
            foreach ((ulong number, List<List<string>> block) in own)
                blocks.Add(number, TextReference.Show(block)); // throws if another part has it
            (words, bytes) = (words + seen.Words, bytes + seen.Bytes);
        }

        Assert.Equal(expected.Select(b => (b.Key, TextReference.Show(b.Value))), blocks.Select(b => (b.Key, b.Value)));
        Assert.Equal((counts.Words, counts.Bytes), (words, bytes));
    }

    [Fact]
    public void A_part_does_not_open_the_sequential_files_of_another_part()
    {
        string[] paths = [.. Enumerable.Range(0, 4).Select(i => _files.Write($"f{i}.gz", TextFiles.Gzip("some words\n"u8.ToArray())))];
        CorpusSource source = CorpusSource.FromPaths(paths);
        File.Delete(paths[1]);
        Assert.Equal([0ul, 2ul << 44], TextFiles.ReadAll(source.TakePart(0, 2)).Blocks.Keys);
        Assert.Contains("f1.gz", Assert.Throws<NceFastException>(() => TextFiles.ReadAll(source.TakePart(1, 2))).Message);
    }

    [Fact]
    public void The_progress_of_a_part_rises_to_its_end()
    {
        CorpusSource source = Mixture();
        for (int part = 0; part < 3; part++)
        {
            using var pass = new TextPass(source.TakePart(part, 3), CancellationToken.None);
            using var reader = new TextBlockReader(pass);
            var sink = new CollectingSink();
            var fractions = new List<double>();
            while (reader.TryRead(ref sink, out TextBlockInfo info))
                fractions.Add(info.Fraction);
            Assert.InRange(fractions[^1], 0.5, 1);
            Assert.Equal(fractions.Order(), fractions);
        }
    }

    // Plain and compressed files of several sizes. Shards are short, so that each file has some.
    private CorpusSource Mixture()
    {
        var random = new Random(5);
        string[] paths = [.. Enumerable.Range(0, 20).Select(i =>
        {
            byte[] text = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10 << random.Next(8)).Select(_ => $"w{random.Next(1000)} w{random.Next(1000)}\n")));
            return i % 3 == 0 ? _files.Write($"m{i}.txt", text) : _files.Write($"m{i}.gz", TextFiles.Gzip(text));
        })];
        CorpusSource source = CorpusSource.FromPaths(paths);
        source.ShardBytes = 500;
        return source;
    }
}
