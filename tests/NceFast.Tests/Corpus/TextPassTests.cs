using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class TextPassTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Random_files_in_random_shards_give_the_words_of_a_naive_reader()
    {
        Gen<(byte[], int)> cases = Gen.SelectMany(HostileText.Gen, text => Gen.Select(Gen.Choose(1, 200), shard => (text, shard)));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(cases.ToArbitrary(), c => ReadsAsReference(c.Item1, c.Item2)));
    }

    [Fact]
    public void Every_shard_size_gives_every_word_once()
    {
        byte[] text = Encoding.UTF8.GetBytes("one two\nthree  four five sixteen_letters_ seventeen_letters x y z\n\nlast");
        string path = _files.Write("t.txt", text);
        string[] expected = TextReference.Sentences(text).SelectMany(s => s).ToArray();
        for (int shard = 1; shard < text.Length + 2; shard++)
        {
            CorpusSource source = CorpusSource.FromPaths(path);
            source.ShardBytes = shard;
            var (blocks, counts) = TextFiles.ReadAll(source);
            Assert.Equal(expected, blocks.Values.SelectMany(b => b).SelectMany(s => s));
            Assert.Equal(text.Length, counts.Bytes);
        }
    }

    [Fact]
    public void Blocks_are_the_same_for_any_number_of_readers()
    {
        var random = new Random(3);
        var text = new StringBuilder();
        for (int i = 0; i < 200_000; i++)
            text.Append('w').Append(random.Next(1000)).Append(random.Next(20) == 0 ? '\n' : ' ');
        string path = _files.Write("t.txt", text.ToString());
        string[] shown = [.. new[] { 1, 2, 3 }.Select(readers =>
        {
            CorpusSource source = CorpusSource.FromPaths(path);
            source.ShardBytes = 300_000;
            return string.Join("|", TextFiles.ReadAll(source, readers).Blocks.Select(b => $"{b.Key}:{TextReference.Show(b.Value)}"));
        })];
        Assert.Equal(shown[0], shown[1]);
        Assert.Equal(shown[0], shown[2]);
    }

    [Fact]
    public void Blocks_end_at_the_first_sentence_end_after_the_target()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 12_000).Select(i => i % 7 == 0 ? "a b c d e\n" : "x y z u v w r s\n")));
        string path = _files.Write("t.txt", text);
        List<List<List<string>>> expected = TextReference.Blocks(text);
        Assert.True(expected.Count > 2);
        var plain = TextFiles.ReadAll(CorpusSource.FromPaths(path)).Blocks;
        Assert.Equal(expected.Select(TextReference.Show), plain.Values.Select(TextReference.Show));
        Assert.Equal(Enumerable.Range(0, expected.Count).Select(i => (ulong)i), plain.Keys);
        var stream = TextFiles.ReadAll(CorpusSource.FromStream(new MemoryStream(text)), 3).Blocks;
        Assert.Equal(plain.Keys, stream.Keys);
        Assert.Equal(plain.Values.Select(TextReference.Show), stream.Values.Select(TextReference.Show));
    }

    [Fact]
    public void Blocks_are_numbered_by_file_and_shard_in_every_form()
    {
        string a = _files.Write("a.txt", "one two\nthree\nfour"), b = _files.Write("b.txt", ""), c = _files.Write("c.txt", "five six");
        string z = Path.Combine(_files.Folder, "z.gz");
        File.WriteAllBytes(z, TextFiles.Gzip("seven"u8.ToArray()));
        CorpusSource source = CorpusSource.FromPaths(a, b, z, c);
        source.ShardBytes = 10;
        var (blocks, counts) = TextFiles.ReadAll(source, 2);
        Assert.Equal(["one two\nthree", "four", "seven", "five six"], blocks.Values.Select(TextReference.Show));
        Assert.Equal([0ul, 1ul << 20, 2ul << 44, 3ul << 44], blocks.Keys);
        Assert.Equal(18 + 5 + 8, counts.Bytes);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped_in_files_streams_and_gzip()
    {
        byte[] text = [0xEF, 0xBB, 0xBF, .. "word two"u8];
        Assert.Equal("word two", TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("bom.txt", text))));
        Assert.Equal("word two", TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream(text))));
        Assert.Equal("word two", TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("bom.gz", TextFiles.Gzip(text)))));
        Assert.Equal("", TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("only.txt", text.AsSpan(0, 3)))));
    }

    [Fact]
    public void A_file_that_shrinks_is_an_error()
    {
        string path = _files.Write("t.txt", new string('a', 5000));
        CorpusSource source = CorpusSource.FromPaths(path);
        _files.Write("t.txt", "short");
        var error = Assert.Throws<NceFastException>(() => TextFiles.ReadAll(source));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("byte 5 ", error.Message);
        File.Delete(path);
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => TextFiles.ReadAll(source)).Kind);
    }

    [Fact]
    public void An_overlong_word_is_reported_with_its_byte_position()
    {
        string a = _files.Write("a.txt", "short words"), b = _files.Write("b.txt", "x " + new string('y', 9000) + " z " + new string('q', 5000));
        CorpusSource source = CorpusSource.FromPaths(a, b);
        source.ShardBytes = 1000;
        var (blocks, counts) = TextFiles.ReadAll(source, 2);
        Assert.Equal(["short", "words", "x", "z"], blocks.Values.SelectMany(s => s).SelectMany(s => s));
        Assert.Equal(2, counts.OverlongWords);
        Assert.Equal((1, 2), (counts.FirstOverlongItem, (int)counts.FirstOverlongPosition));
    }

    [Fact]
    public void A_line_of_fifty_megabytes_is_read_in_constant_memory()
    {
        CorpusSource source = CorpusSource.FromStream(new RepeatingStream([.. Enumerable.Repeat("word wort mot parola\t"u8.ToArray(), 5000).SelectMany(w => w)], 50_000_000));
        using var pass = new TextPass(source, CancellationToken.None);
        using var reader = new TextBlockReader(pass);
        var sink = new CountingSink();
        long before = GC.GetAllocatedBytesForCurrentThread(), blocks = 0;
        while (reader.TryRead(ref sink, out _))
            blocks++;
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        Assert.InRange(sink.Words, 50_000_000L / 21 * 4, (50_000_000L / 21 * 4) + 4);
        Assert.InRange(blocks, sink.Words / 33_000, (sink.Words / 32_768) + 1 + (50_000_000 >> 20)); // the last block of a shard is shorter
    }

    private bool ReadsAsReference(byte[] text, int shardBytes)
    {
        // A random first byte may look like the start of another format. A letter in front of it does not.
        text = [(byte)'h', .. text];
        string expected = string.Join('|', TextReference.Shards(text, shardBytes)
            .Select(s => (Number: BlockNumber.First(0, s.Key), Sentences: TextReference.Sentences(s.Value)))
            .Where(s => s.Sentences.Count > 0)
            .Select(s => $"{s.Number}:{TextReference.Show(s.Sentences)}"));
        string path = _files.Write("random.txt", text), gzip = _files.Write("random.gz", TextFiles.Gzip(text));
        foreach (int readers in new[] { 1, 3 })
        {
            foreach (Func<CorpusSource> form in new Func<CorpusSource>[] { () => CorpusSource.FromPaths(path), () => CorpusSource.FromPaths(gzip), () => CorpusSource.FromStream(new DribblingStream(text)) })
            {
                CorpusSource source = form();
                source.ShardBytes = shardBytes;
                var (blocks, counts) = TextFiles.ReadAll(source, readers);
                Assert.Equal(expected, string.Join('|', blocks.Select(b => $"{b.Key}:{TextReference.Show(b.Value)}")));
                Assert.Equal(TextReference.Lines(text), counts.Sentences - counts.Splits);
                Assert.Equal(text.Length, counts.Bytes);
            }
        }

        return true;
    }

    private struct CountingSink : ITokenSink
    {
        public long Words;

        public void Short(ulong low, ulong high, int length) => Words++;

        public void Long(ReadOnlySpan<byte> word) => Words++;

        public readonly void EndSentence()
        {
        }
    }

    /// <summary>Repeats a text without end, generated while it is read.</summary>
    private sealed class RepeatingStream(byte[] text, long length) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => _at; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int n = (int)Math.Min(buffer.Length, length - _at);
            n = Math.Min(n, text.Length - (int)(_at % text.Length));
            text.AsSpan((int)(_at % text.Length), n).CopyTo(buffer);
            _at += n;
            return n;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
