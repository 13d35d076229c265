using System.IO.Compression;
using System.Text;
using NceFast.Exports;
using NceFast.Exports.Internals;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Exports;

public class CompressedFileTests
{
    public static TheoryData<VectorFormat> Formats => [.. Enum.GetValues<VectorFormat>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_compressed_file_has_the_same_vectors(VectorFormat format)
    {
        using var folder = new TempFolder();
        foreach ((int words, int dim) in new[] { (1, 2), (40, 16), (30_000, 33) })
        {
            using WordVectors written = TestVectors.Random(words, dim, words);
            VectorFile.Write(folder["v"], written, format);
            File.Move(folder["v"], folder["plain"], overwrite: true);
            string path = folder.Write("v", Gzip(File.ReadAllBytes(folder["plain"])));
            using WordVectors read = VectorFile.Read(path, out VectorFileInfo info);
            Assert.Equal(format, info.Format);
            Assert.Equal(new FileInfo(path).Length, info.Bytes);
            TestVectors.AssertSame(written, read);
        }
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    [InlineData("lz4")]
    [InlineData("gzip")]
    public void Every_compression_is_recognised_by_content(string compression)
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(3_000, 20, 3);
        foreach (VectorFormat format in Enum.GetValues<VectorFormat>())
        {
            VectorFile.Write(folder["v"], written, format);
            byte[] plain = File.ReadAllBytes(folder["v"]), half = Pack(plain[..(plain.Length / 2)], compression), rest = Pack(plain[(plain.Length / 2)..], compression);
            using WordVectors read = VectorFile.Read(folder.Write("v", [.. half, .. rest])); // independent members
            TestVectors.AssertSame(written, read);
            Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", [.. half, .. rest[..^9]]))).Kind);
        }

        string twice = folder.Write("v", Gzip(Pack("a 0.5 0.5\n"u8.ToArray(), compression)));
        Assert.Contains($"the decompressed content is {compression} again", Assert.Throws<NceFastException>(() => VectorFile.Read(twice)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_may_be_compressed()
    {
        using var folder = new TempFolder();
        foreach (string compression in (string[])["zstd", "bzip2", "lz4", "gzip"])
            Assert.Equal([20, 3], Vocabulary.Load(folder.Write("v", Pack("</s> 0\nthe 20\nend 3\n"u8.ToArray(), compression))).Counts.ToArray());
    }

    [Fact]
    public void The_length_of_a_safetensors_header_may_look_like_a_compression()
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(3, 2, 3);
        VectorFile.Write(folder["v"], written, VectorFormat.Safetensors);
        byte[] plain = File.ReadAllBytes(folder["v"]);
        int length = BitConverter.ToInt32(plain);
        byte[] padded = [0x1F, 0x8B, 0, 0, 0, 0, 0, 0, .. plain[8..(8 + length)], .. Enumerable.Repeat((byte)' ', 0x8B1F - length), .. plain[(8 + length)..]];
        using WordVectors read = VectorFile.Read(folder.Write("v", padded));
        TestVectors.AssertSame(written, read);
    }

    [Fact]
    public void The_words_of_a_compressed_array_are_found_beside_it()
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(20, 4, 1);
        VectorFile.Write(folder["v.npy"], written, VectorFormat.Npy);
        folder.Write("v.npy.gz", Gzip(File.ReadAllBytes(folder["v.npy"])));
        using (WordVectors read = VectorFile.Read(folder["v.npy.gz"]))
            TestVectors.AssertSame(written, read);
        folder.Write("v.npy.words.txt.gz", Gzip(File.ReadAllBytes(folder["v.npy.words.txt"])));
        File.Delete(folder["v.npy.words.txt"]);
        using (WordVectors read = VectorFile.Read(folder["v.npy.gz"]))
            TestVectors.AssertSame(written, read);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_compressed_file_cut_or_altered_anywhere_fails_with_a_known_error(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(9, 5, 2);
        VectorFile.Write(folder["v"], vectors, format);
        byte[] whole = File.ReadAllBytes(folder["v"]), packed = Gzip(whole);
        var random = new Random(5);
        for (int cut = 0; cut < whole.Length; cut++)
        {
            byte[] altered = [.. whole];
            altered[cut] = (byte)random.Next(256);
            ReadOrReject(folder.Write("v", Gzip(altered)));
            Rejects(folder.Write("v", Gzip(whole[..cut])), format, cut == whole.Length - 1);
        }

        for (int cut = 2; cut < packed.Length; cut++)
            Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", packed[..cut]))).Kind);
    }

    [Theory]
    [InlineData("2000000000 300\nword 1 2\n", "line 2: 2 floats")]
    [InlineData("2000000000 2\nword 1 2\n", "line 3: the file ends after 1 words but its header states 2,000,000,000")]
    [InlineData("1 2\nword 1 2\nother 1 2\n", "line 3: a line follows the 1 words")]
    public void A_header_that_states_more_than_the_content_has_takes_no_memory(string text, string message)
    {
        using var folder = new TempFolder();
        string path = folder.Write("v", Gzip(Encoding.UTF8.GetBytes(text)));
        long before = AlignedMemory.InUse;
        Assert.Contains(message, Assert.Throws<NceFastException>(() => VectorFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.InRange(AlignedMemory.InUse - before, long.MinValue, 64 << 20);
    }

    [Fact]
    public void Short_lines_take_no_memory_for_rows_that_they_cannot_be()
    {
        using var folder = new TempFolder();
        string text = $"w {string.Join(' ', Enumerable.Repeat("0.5", 1000))}\n" + string.Concat(Enumerable.Repeat("a\n", 4_000_000));
        string path = folder.Write("v", Gzip(Encoding.UTF8.GetBytes(text)));
        Assert.Contains("line 2: the line is 'a'", Assert.Throws<NceFastException>(() => VectorFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_after_a_compressed_binary_file_are_reported()
    {
        using var folder = new TempFolder();
        byte[] row = [.. "a "u8, 1, 2, 3, 0x84];
        string path = folder.Write("v", Gzip([.. "1 1\n"u8, .. row, .. row]));
        Assert.Contains("byte 10: 6 bytes follow the last of the 1 words", Assert.Throws<NceFastException>(() => VectorFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_in_parts_become_one_matrix_with_zero_padding()
    {
        foreach (long count in (long[])[0, 1, 63, 64, 65, 1000, 5000])
        {
            using RowStore store = RowStore.Growing(5, 1);
            for (long row = 0; row < count; row++)
            {
                store.Reserve(row + 1);
                store.Row(row).Fill(row);
            }

            using AlignedMatrix matrix = store.Take(count);
            Assert.Equal(count, matrix.Rows);
            for (long row = 0; row < count; row++)
                AssertRow(matrix, row);
        }
    }

    private static byte[] Pack(byte[] content, string compression)
    {
        using var packed = new MemoryStream();
        using (Stream stream = compression switch
        {
            "zstd" => new ZstdSharp.CompressionStream(packed),
            "bzip2" => SharpCompress.Compressors.BZip2.BZip2Stream.Create(packed, SharpCompress.Compressors.CompressionMode.Compress, false),
            "lz4" => K4os.Compression.LZ4.Streams.LZ4Stream.Encode(packed),
            _ => new GZipStream(packed, CompressionLevel.Fastest),
        })
            stream.Write(content);
        return packed.ToArray();
    }

    internal static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    private static unsafe void AssertRow(AlignedMatrix matrix, long row)
    {
        Assert.Equal(Enumerable.Repeat((float)row, 5), matrix.Row(row).ToArray());
        Assert.Equal(new float[matrix.Stride - 5], new Span<float>(matrix.RowPointer(row) + 5, matrix.Stride - 5).ToArray());
    }

    // The last line feed may be missing, and text may be cut within its last float.
    private static void Rejects(string path, VectorFormat format, bool isLast)
    {
        if (format == VectorFormat.GloVe || isLast)
            ReadOrReject(path);
        else
            Assert.True(ReadOrReject(path) || format == VectorFormat.Word2Vec, $"{format} was read although it was cut");
    }

    private static bool ReadOrReject(string path)
    {
        try
        {
            VectorFile.Read(path).Dispose();
            return false;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Input)
        {
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            return true;
        }
    }
}
