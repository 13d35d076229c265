using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class GzipTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Gzip_gives_the_text_it_holds()
    {
        byte[] text = RandomText(300_000);
        string expected = TextReference.Show(TextReference.Sentences(text));
        Assert.Equal(expected, TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("t.gz", TextFiles.Gzip(text))), 2));
        Assert.Equal(expected, TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("named-otherwise", TextFiles.Gzip(text)))));
        Assert.Equal(expected, TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream(TextFiles.Gzip(text)))));
    }

    [Fact]
    public void All_members_of_a_gzip_file_are_read()
    {
        byte[] members = [.. TextFiles.Gzip("one tw"u8.ToArray()), .. TextFiles.Gzip([]), .. TextFiles.Gzip("o three"u8.ToArray())];
        Assert.Equal("one two three", TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("t.gz", members))));
        Assert.Equal("", TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("e.gz", TextFiles.Gzip([])))));
    }

    [Theory]
    [InlineData(System.IO.Compression.CompressionLevel.Fastest)]
    [InlineData(System.IO.Compression.CompressionLevel.NoCompression)]
    public void Every_cut_is_an_error_that_names_file_and_byte(System.IO.Compression.CompressionLevel level)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(compressed, level))
            gzip.Write(RandomText(300));
        byte[] whole = compressed.ToArray();
        for (int length = 2; length < whole.Length; length++)
        {
            string path = _files.Write("cut.gz", whole.AsSpan(0, length));
            var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths(path)));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains(path, error.Message);
            Assert.Contains(FormattableString.Invariant($"byte {length:N0};"), error.Message);
        }
    }

    [Fact]
    public void A_cut_in_a_later_member_is_an_error()
    {
        byte[] first = TextFiles.Gzip(RandomText(500)), second = TextFiles.Gzip(RandomText(400));
        for (int length = 1; length < second.Length; length++)
        {
            byte[] cut = [.. first, .. second.AsSpan(0, length)];
            var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream(cut))));
            Assert.Equal(ErrorKind.Input, error.Kind);
        }
    }

    [Fact]
    public void Changed_bits_and_trailing_bytes_are_errors()
    {
        byte[] whole = TextFiles.Gzip(RandomText(200_000));
        foreach (int place in new[] { 50, whole.Length / 2, whole.Length - 7, whole.Length - 2 })
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= 0x10;
            var error = Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("d.gz", damaged))));
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains("byte", error.Message);
        }

        byte[] trailing = [.. whole, .. "some more text"u8];
        Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("trailing.gz", trailing))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(512)]
    [InlineData(100_000)]
    public void Zeros_after_the_last_member_are_allowed(int zeros)
    {
        // Data whose gzip trailers end with zeros, and one trailer that consists only of zeros.
        foreach (byte[] text in new[] { [], "x"u8.ToArray(), RandomText(300), RandomText(70_000) })
        {
            byte[] padded = [.. TextFiles.Gzip("first "u8.ToArray()), .. TextFiles.Gzip(text), .. new byte[zeros]];
            string expected = TextReference.Show(TextReference.Sentences([.. "first "u8, .. text]));
            Assert.Equal(expected, TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("padded.gz", padded))));
            Assert.Equal(expected, TextFiles.ShowAll(CorpusSource.FromStream(new DribblingStream(padded))));
            Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream([.. padded, 1]))));
            Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream([.. padded, .. TextFiles.Gzip(text)]))));
        }
    }

    [Fact]
    public void Zeros_do_not_hide_a_cut()
    {
        byte[] whole = TextFiles.Gzip(RandomText(300));
        for (int length = 2; length < whole.Length; length++)
        {
            byte[] cut = [.. whole.AsSpan(0, length), .. new byte[600]];
            if (whole.AsSpan(length).IndexOfAnyExcept((byte)0) >= 0)
                Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromStream(new MemoryStream(cut))));
        }
    }

    [Fact]
    public void Gzip_within_gzip_and_misleading_names_are_errors()
    {
        byte[] twice = TextFiles.Gzip(TextFiles.Gzip("text"u8.ToArray()));
        Assert.Contains("gzip within gzip", Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths(_files.Write("t.gz", twice)))).Message);
        Assert.Contains("the bytes of gzip", Assert.Throws<NceFastException>(() => CorpusSource.FromPaths(_files.Write("plain.gz", "text"))).Message);
    }

    private static byte[] RandomText(int length)
    {
        var random = new Random(length);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++)
            text[i] = random.Next(6) == 0 ? (byte)(random.Next(9) == 0 ? '\n' : ' ') : (byte)random.Next('a', 'z');
        return text;
    }
}
