using System.Text;
using Microsoft.Win32.SafeHandles;
using NceFast.Corpus;
using NceFast.Corpus.Compressions;
using Xunit;

namespace NceFast.Tests.Corpus.Compressions;

/// <summary>Compressed data: whole, in several members, damaged, and as files of a corpus.</summary>
public sealed class CompressionTests : IDisposable
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"word{i * 7 % 997} naïve {i}\n")));
    private readonly TextFiles _files = new();

    public static TheoryData<string> Formats => ["gzip", "zstd", "bzip2", "lz4"];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Data_is_decompressed_and_members_are_joined(string format)
    {
        byte[] packed = Packed.As(format, Text);
        Assert.Equal(Text, Packed.Unpack(packed));
        Assert.Equal([.. Text, .. Text], Packed.Unpack([.. packed, .. packed]));
        Assert.Empty(Packed.Unpack(Packed.As(format, [])));
    }

    [Fact]
    public void Xz_streams_are_joined_and_padding_is_skipped()
    {
        byte[] text = "one two three\nthree two\none\n"u8.ToArray();
        Assert.Equal(text, Packed.Unpack(Packed.Xz));
        Assert.Equal(text, Packed.Unpack(Packed.XzTwice));
        Assert.Equal([.. text, .. text], Packed.Unpack([.. Packed.XzTwice, .. Packed.Xz]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Data_that_is_cut_or_followed_by_other_bytes_is_an_error(string format)
    {
        byte[] packed = Packed.As(format, Text[..5000]);
        for (int cut = 1; cut < packed.Length; cut += 1 + (cut > 40 ? 97 : 0))
            Fails(packed[..^cut], format);
        Fails([.. packed, .. "other bytes that follow"u8], format);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Altered_data_is_an_error_or_unchanged(string format)
    {
        byte[] packed = Packed.As(format, Text[..5000]);
        var random = new Random(1);
        int errors = 0;
        for (int i = 0; i < 150; i++)
        {
            byte[] altered = [.. packed];
            altered[random.Next(10, altered.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Assert.Equal(Text[..5000], Packed.Unpack(altered, "the file"));
            }
            catch (NceFastException e)
            {
                Assert.Equal(ErrorKind.Input, e.Kind);
                Assert.Contains("the file", e.Message);
                errors++;
            }
        }

        Assert.InRange(errors, 30, 150);
    }

    [Fact]
    public void Xz_that_is_cut_is_an_error()
    {
        for (int cut = 1; cut < Packed.Xz.Length - 6; cut++)
            Fails(Packed.Xz[..^cut], "xz");
        Fails([.. Packed.Xz, .. "other"u8], "xz");
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_compressed_file_gives_the_blocks_of_the_plain_one(string format)
    {
        string plain = _files.Write("plain.txt", Text);
        byte[] half = Packed.As(format, Text[..100_000]), rest = Packed.As(format, Text[100_000..]);
        string packed = _files.Write("packed", [.. half, .. rest]);
        foreach (int readers in (int[])[1, 3])
        {
            CorpusSource source = CorpusSource.FromPaths(packed), expected = CorpusSource.FromPaths(plain);
            source.ShardBytes = expected.ShardBytes = 40_000;
            Assert.True(source.IsSequential && source.CanReadAgain);
            Assert.Equal(Show(expected, 1), Show(source, readers));
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public void Members_are_found_and_decompressed_at_the_same_time(string format)
    {
        // Noise does not compress, so that the members are longer than the least part.
        byte[] noise = new byte[1_500_000];
        new Random(3).NextBytes(noise);
        noise = Encoding.ASCII.GetBytes(Convert.ToBase64String(noise));
        byte[] member = Packed.As(format, noise);
        byte[] bytes = [.. member, .. member, .. member, .. Packed.As(format, Text)];
        string path = _files.Write("members", bytes);
        CompressionFormat compression = Compression.Of(bytes)!;
        using SafeFileHandle file = File.OpenHandle(path);
        Assert.Equal(member.Length, compression.FindMember(file, bytes.Length, 0));
        Assert.Equal(2 * member.Length, compression.FindMember(file, bytes.Length, member.Length));
        foreach (int parts in (int[])[1, 2, 5])
        {
            using DecodingStream stream = CompressedFile.Open(file, path, compression, parts);
            var copy = new MemoryStream();
            stream.CopyTo(copy);
            Assert.True(copy.ToArray().AsSpan().SequenceEqual([.. noise, .. noise, .. noise, .. Text]));
            Assert.InRange(stream.StoredPosition, bytes.Length - 20, bytes.Length);
        }
    }

    [Fact]
    public void A_damaged_member_is_reported_with_its_place_in_the_file()
    {
        byte[] noise = new byte[1_500_000];
        new Random(4).NextBytes(noise);
        byte[] member = Packed.As("zstd", noise), damaged = [.. member];
        damaged[^6] ^= 1;
        string path = _files.Write("members", [.. member, .. damaged, .. member]);
        using SafeFileHandle file = File.OpenHandle(path);
        using DecodingStream stream = CompressedFile.Open(file, path, new Zstd(), 2);
        var error = Assert.Throws<NceFastException>(() => stream.CopyTo(Stream.Null));
        Assert.Contains(path, error.Message);
        long place = long.Parse(error.Message.Split("byte ")[1].Split(';')[0].Replace(",", ""), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(place, member.Length, 2 * member.Length);
    }

    [Fact]
    public void A_reader_that_stops_early_ends_the_decompression()
    {
        byte[] noise = new byte[8_000_000];
        new Random(5).NextBytes(noise);
        string path = _files.Write("members", [.. Packed.As("zstd", noise), .. Packed.As("zstd", noise)]);
        SafeFileHandle file = File.OpenHandle(path);
        using (DecodingStream stream = CompressedFile.Open(file, path, new Zstd(), 2))
            Assert.True(stream.Read(new byte[10]) > 0);
        file.Dispose();
        File.Delete(path);
    }

    [Fact]
    public void Compressions_within_each_other_and_wrong_names_are_refused()
    {
        string twice = _files.Write("twice", Packed.As("zstd", TextFiles.Gzip(Text)));
        Assert.Contains("gzip within zstd", Assert.Throws<NceFastException>(() => TextFiles.ShowAll(CorpusSource.FromPaths(twice))).Message);
        foreach (string name in (string[])["a.gz", "a.zst", "a.bz2", "a.xz", "a.lz4"])
            Assert.Contains("does not begin with the bytes of", Assert.Throws<NceFastException>(() => CorpusSource.FromPaths(_files.Write(name, Text))).Message);
    }

    [Fact]
    public void A_bomb_needs_little_memory()
    {
        var packed = new MemoryStream();
        using (var zstd = new ZstdSharp.CompressionStream(packed, leaveOpen: true))
        {
            byte[] zeros = Enumerable.Repeat((byte)'x', 1 << 20).ToArray();
            for (int i = 0; i < 300; i++)
                zstd.Write(zeros);
        }

        Assert.InRange(packed.Length, 1, 200_000);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        (_, ScanCounts counts) = TextFiles.ReadAll(CorpusSource.FromStream(new MemoryStream(packed.ToArray())));
        Assert.Equal((300L << 20, 1L), (counts.Bytes, counts.OverlongWords));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 64L << 20);
    }

    private static List<string> Show(CorpusSource source, int readers) =>
        [.. TextFiles.ReadAll(source, readers).Blocks.Select(block => $"{block.Key}: {TextReference.Show(block.Value)}")];

    private static void Fails(byte[] packed, string format)
    {
        var error = Assert.Throws<NceFastException>(() => Packed.Unpack(packed, "the file"));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("the file", error.Message);
        Assert.Contains(format, error.Message);
    }
}
