using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NceFast.Exports;
using NceFast.Store;
using Xunit;

namespace NceFast.Tests.Exports;

public class RoundTripTests
{
    private static readonly int[] Dims = [1, 15, 16, 17, 100];

    private static readonly float[] Odd =
    [
        0f, -0f, 1f, -1f, 0.1f, 1f / 3, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon, 1.17549435E-38f,
        float.NaN, float.PositiveInfinity, float.NegativeInfinity, 16777216f, 16777218f, 1e-30f, 1e30f, 3.4e-5f,
    ];

    public static TheoryData<VectorFormat, int> FormatsAndDims()
    {
        var data = new TheoryData<VectorFormat, int>();
        foreach (VectorFormat format in Enum.GetValues<VectorFormat>())
        {
            foreach (int dim in Dims.Where(dim => dim > 1 || format != VectorFormat.GloVe))
                data.Add(format, dim);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(FormatsAndDims))]
    public void Any_word_bytes_and_floats_are_read_back(VectorFormat format, int dim)
    {
        // Bytes from 0x21 up, including invalid UTF-8. The formats use only spaces and newlines as separators.
        Gen<byte[]> word = Gen.Choose(0x21, 0xFF).Select(b => (byte)b).ArrayOf().Where(w => w.Length is > 0 and < 40);
        Gen<float> value = Gen.Frequency(
            (4, Gen.Choose(int.MinValue, int.MaxValue).Select(BitConverter.Int32BitsToSingle).Where(float.IsFinite)),
            (1, Gen.Elements(Odd)));
        Gen<(byte[][] Words, float[] Values)> cases =
            from words in word.ArrayOf().Select(w => w.DistinctBy(Convert.ToHexString).Take(30).ToArray())
            from values in value.ArrayOf(words.Length * dim)
            select (words, values);
        using var folder = new TempFolder();
        Prop.ForAll(cases.ToArbitrary(), c => RoundTrip(folder["v"], format, dim, c.Words, c.Values))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    private static void RoundTrip(string path, VectorFormat format, int dim, byte[][] words, float[] values)
    {
        if (format == VectorFormat.GloVe && words.Length > 0)
            words[0] = [.. "first"u8, .. words[0].Where(b => b != 0x7F)]; // The first line must be text.
        using WordVectors written = TestVectors.Make(words, (i, j) => values[i * dim + j], dim);
        VectorFile.Write(path, written, format);
        if (format == VectorFormat.GloVe && words.Length == 0)
            return; // The file is empty.
        using WordVectors read = VectorFile.Read(path, out VectorFileInfo info);
        TestVectors.AssertSame(written, read);
        Assert.Equal(values.Count(v => !float.IsFinite(v)), info.NonFinite);
        Assert.Equal(0, info.Duplicates);
        if (words.Length > 0)
            Assert.Equal(format, info.Format);
    }

    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.Word2VecBinary)]
    [InlineData(VectorFormat.Npy)]
    [InlineData(VectorFormat.Safetensors)]
    public void Many_rows_are_read_across_all_buffers(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(30_011, 33, 7);
        VectorFile.Write(folder["v"], written, format);
        using WordVectors read = VectorFile.Read(folder["v"]);
        TestVectors.AssertSame(written, read);
    }

    [Fact]
    public void Text_is_what_other_programs_expect()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("the", [0.1f, -2f]), ("of", [1e-8f, 123456.79f]));
        VectorFile.Write(folder["v"], vectors, VectorFormat.Word2Vec);
        Assert.Equal("2 2\nthe 0.1 -2\nof 1E-08 123456.79\n", File.ReadAllText(folder["v"]));
    }

    [Fact]
    public void Binary_is_what_other_programs_expect()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("the", [1f]), ("of", [-2f]));
        VectorFile.Write(folder["v"], vectors, VectorFormat.Word2VecBinary);
        byte[] expected = [.. "2 1\nthe "u8, 0, 0, 0x80, 0x3F, .. "\nof "u8, 0, 0, 0, 0xC0, (byte)'\n'];
        Assert.Equal(expected, File.ReadAllBytes(folder["v"]));
    }

    [Fact]
    public void Binary_without_newlines_is_read()
    {
        using var folder = new TempFolder();
        string path = folder.Write("v", [.. "2 1\nthe "u8, 0, 0, 0x80, 0x3F, .. "of "u8, 0, 0, 0, 0xC0]);
        using WordVectors read = VectorFile.Read(path, out VectorFileInfo info);
        Assert.Equal(VectorFormat.Word2VecBinary, info.Format);
        Assert.Equal("of", read.Words.GetString(1));
        Assert.Equal(-2f, read.Matrix.Row(1)[0]);
    }

    [Fact]
    public void Binary_floats_that_look_like_a_line_of_text_are_still_binary()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("a", [BitConverter.Int32BitsToSingle(0x3F200A31)]), ("b", [1f]));
        VectorFile.Write(folder["v"], vectors, VectorFormat.Word2VecBinary);
        using WordVectors read = VectorFile.Read(folder["v"]);
        TestVectors.AssertSame(vectors, read);
    }

    [Fact]
    public void Text_with_trailing_blanks_and_carriage_returns_is_read()
    {
        using var folder = new TempFolder();
        using WordVectors read = VectorFile.Read(folder.Write("v", "2 2\r\na 1 nan \r\nb -inf  +3e0\r\n\n"));
        Assert.Equal([1f, float.NaN], read.Matrix.Row(0).ToArray());
        Assert.Equal([float.NegativeInfinity, 3f], read.Matrix.Row(1).ToArray());
    }

    [Fact]
    public void The_first_of_equal_words_is_kept()
    {
        using var folder = new TempFolder();
        using WordVectors read = VectorFile.Read(folder.Write("v", "4 1\na 1\nb 2\na 3\nc 4\n"), out VectorFileInfo info);
        Assert.Equal(1, info.Duplicates);
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, read.Count).Select(read.Words.GetString));
        Assert.Equal([1f, 2f, 4f], Enumerable.Range(0, 3).Select(i => read.Matrix.Row(i)[0]));
        Assert.Equal(3, read.Matrix.Rows);
    }

    [Fact]
    public void Safetensors_header_is_aligned_and_names_its_producer()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("a b\n", [1f, 2f]), ("", [3f, 4f]));
        VectorFile.Write(folder["v"], vectors, VectorFormat.Safetensors);
        byte[] bytes = File.ReadAllBytes(folder["v"]);
        int length = (int)BitConverter.ToInt64(bytes);
        Assert.Equal(0, (8 + length) % 64);
        string json = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Contains("\"producer\":\"NceFast 0.1.0\"", json, StringComparison.Ordinal);
        using WordVectors read = VectorFile.Read(folder["v"]);
        TestVectors.AssertSame(vectors, read);
    }

    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.Word2VecBinary)]
    public void Words_that_contain_a_separator_are_refused(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("new york", [1f]));
        var error = Assert.Throws<NceFastException>(() => VectorFile.Write(folder["v"], vectors, format));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains("new york", error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Files);
    }
}
