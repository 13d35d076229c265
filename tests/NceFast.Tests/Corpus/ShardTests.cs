using System.Text;
using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

/// <summary>Checks that sentences and block numbers do not depend on how a text is stored or who reads it.</summary>
public sealed class ShardTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<string, string> Texts()
    {
        var random = new Random(7);
        string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => $"w{random.Next(50)}"));
        return new TheoryData<string, string>
        {
            { "lines", string.Concat(Enumerable.Range(0, 200).Select(_ => Words(random.Next(0, 12)) + "\n")) },
            { "lines of Windows", string.Concat(Enumerable.Range(0, 200).Select(_ => Words(random.Next(0, 12)) + "\r\n")) },
            { "no line end", Words(2600) },
            { "lines of 1,500 words", string.Concat(Enumerable.Range(0, 3).Select(_ => Words(1500) + "\n")) },
            { "lines of 1,000 words", string.Concat(Enumerable.Range(0, 3).Select(_ => Words(1000) + "\n")) },
            { "lines of 1,001 words", string.Concat(Enumerable.Range(0, 3).Select(_ => Words(1001) + "\n")) },
            { "over-long words", $"a b\n{new string('x', 9000)} c\nd {new string('y', 20_000)}\n{new string('z', 5000)}" },
            { "a long word at the end of a line", $"{Words(300)}\n{new string('x', 700)}\n{Words(300)}\n" },
            { "blank lines", $"a\n\n\n{new string('\n', 900)}b\n   \n{new string(' ', 900)}\nc d\n" },
            { "NUL bytes", "a\0b\0\0c\n" + new string('\0', 800) + "d\ne f\n" },
            { "a mark", "\uFEFFone two\nthree four\n" + Words(500) + "\n" },
            { "a mark alone", "\uFEFF" },
            { "one word", "one" },
        };
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_form_has_the_same_blocks_for_any_number_of_readers_and_parts(string what, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        string plain = _files.Write("text.txt", bytes), gzip = _files.Write("text.gz", TextFiles.Gzip(bytes));
        int mark = text.StartsWith('\uFEFF') ? 3 : 0;
        foreach (int shardBytes in new[] { 1, 3, 64, 300, 4096, 1 << 20 })
        {
            string expected = Show(Read(plain, 1, 1));
            Assert.Equal(TextReference.Lines(bytes[mark..]), Counts.Sentences - Counts.Splits);
            Assert.Equal(bytes.Length - mark, Counts.Bytes);
            Assert.Equal(TextReference.Sentences(bytes[mark..]).SelectMany(s => s), Read(plain, 1, 1).Values.SelectMany(b => b).SelectMany(s => s));
            foreach ((int readers, int parts) in new[] { (1, 1), (3, 1), (8, 1), (1, 2), (2, 3) })
            {
                Assert.Equal(expected, Show(Read(plain, readers, parts)));
                Assert.Equal(expected, Show(Read(gzip, readers, parts)));
            }

            CorpusSource stream = CorpusSource.FromStream(new DribblingStream(bytes));
            stream.ShardBytes = shardBytes;
            Assert.Equal(expected, Show(TextFiles.ReadAll(stream, 2).Blocks));

            SortedDictionary<ulong, List<List<string>>> Read(string path, int readers, int parts)
            {
                var all = new SortedDictionary<ulong, List<List<string>>>();
                for (int part = 0; part < parts; part++)
                {
                    CorpusSource source = CorpusSource.FromPaths(path);
                    source.ShardBytes = shardBytes;
                    (SortedDictionary<ulong, List<List<string>>> blocks, Counts) = TextFiles.ReadAll(source.TakePart(part, parts), readers);
                    foreach ((ulong number, List<List<string>> block) in blocks)
                        all.Add(number, block);
                }

                return all;
            }
        }

        Assert.NotEmpty(what);
    }

    [Fact]
    public void Plain_and_compressed_files_have_the_same_block_numbers()
    {
        byte[][] texts = [.. Enumerable.Range(0, 4).Select(i => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30 * i).Select(n => $"word{n} of {i}\n"))))];
        string[] plain = [.. texts.Select((text, i) => _files.Write($"{i}.txt", text))], gzip = [.. texts.Select((text, i) => _files.Write($"{i}.gz", TextFiles.Gzip(text)))];
        string expected = Read(plain);
        Assert.Equal(expected, Read(gzip));
        Assert.Equal(expected, Read([plain[0], gzip[1], plain[2], gzip[3]]));

        static string Read(string[] paths)
        {
            CorpusSource source = CorpusSource.FromPaths(paths);
            source.ShardBytes = 200;
            return Show(TextFiles.ReadAll(source, 3).Blocks);
        }
    }

    [Fact]
    public void A_shard_of_one_mebibyte_begins_after_a_line_end()
    {
        string line = "the quick brown fox jumps over the lazy dog\n";
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 60_000)));
        var (_, plain) = TextFiles.ReadAll(CorpusSource.FromPaths(_files.Write("t.txt", text)), 2);
        var (_, stream) = TextFiles.ReadAll(CorpusSource.FromStream(new MemoryStream(text)), 2);
        Assert.Equal((60_000L, 0L), (plain.Sentences, plain.Splits));
        Assert.Equal((60_000L, 0L), (stream.Sentences, stream.Splits));
    }

    [Fact]
    public void Block_numbers_have_limits()
    {
        Assert.Equal((5, 77L), (BlockNumber.ItemOf(BlockNumber.First(5, 77) + 3), BlockNumber.ShardOf(BlockNumber.First(5, 77) + 3)));
        BlockNumber.EnsureItems(BlockNumber.MaxItems);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => BlockNumber.EnsureItems(BlockNumber.MaxItems + 1)).Kind);
        BlockNumber.EnsureShards("t", BlockNumber.MaxShards, 1 << 20);
        Assert.Contains("17,592,186,044,416 bytes", Assert.Throws<NceFastException>(() => BlockNumber.EnsureShards("t", BlockNumber.MaxShards + 1, 1 << 20)).Message);
        Assert.True(BlockNumber.First(BlockNumber.MaxItems, 0) > BlockNumber.First(BlockNumber.MaxItems - 1, BlockNumber.MaxShards - 1));
    }

    private ScanCounts Counts { get; set; } = new();

    private static string Show(SortedDictionary<ulong, List<List<string>>> blocks) => string.Join('|', blocks.Select(b => $"{b.Key}:{TextReference.Show(b.Value)}"));
}
