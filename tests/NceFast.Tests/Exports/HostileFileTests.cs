using System.Text;
using NceFast.Exports;
using NceFast.Store;
using Xunit;

namespace NceFast.Tests.Exports;

public class HostileFileTests
{
    [Theory]
    [InlineData("", "format was not recognised")]
    [InlineData("hello world\n", "format was not recognised")]
    [InlineData("-3 4\na 1 2 3 4\n", "format was not recognised")]
    [InlineData("3\na 1\n", "format was not recognised")]
    [InlineData("99999999999999999999 4\na 1 2 3 4\n", "format was not recognised")]
    [InlineData("2000000000 300\na 1 2\n", "line 2: 2 floats found but the header states 300")]
    [InlineData("2000000000 2\na 1 2\n", "truncated or its header is wrong")]
    [InlineData("9223372036854775807 1\na 1\n", "2,147,483,647 words")]
    [InlineData("1 9223372036854775807\na 1\n", "floats")]
    [InlineData("1 0\na\n", "1 to")]
    [InlineData("1 -5\na 1\n", "1 to")]
    [InlineData("3 2\na 1 2\nb 1 2\n", "truncated")]
    [InlineData("1 2\na 1 2\nb 1 2\n", "line 3")]
    [InlineData("2 2\na 1 2\nb 1\nccc\n", "line 3: 1 float found but the header states 2")]
    [InlineData("2 2\na 1 2\nb 1 2 3\n", "line 3: 3 floats found but the header states 2")]
    [InlineData("2 2\na 1 2\nb 1 x\n", "line 3: float 2 of 2")]
    [InlineData("2 2\na 1 2\n 1 22\n", "line 3: the line is '")]
    [InlineData("2 2\na 1 2\n\nb 1 2\n", "line 3: the line is '")]
    public void Broken_text_is_reported_with_its_place(string content, string message) => Rejects(Encoding.Latin1.GetBytes(content), message);

    [Fact]
    public void Broken_binary_is_reported_with_its_place()
    {
        byte[] row = [.. "a "u8, 1, 2, 3, 0x84];
        Rejects([.. "2 1\n"u8, .. row, (byte)'\n'], "truncated");
        Rejects([.. "2 1\n"u8, .. row, .. "\nb "u8, 1, 2, 3], "truncated");
        Rejects([.. "1 1\n"u8, .. row, .. row], "byte 10: 6 bytes follow the last of the 1 words");
        Rejects([.. "2000000000 1\n"u8, .. row], "truncated or its header is wrong");
        Rejects([.. "1 1\n"u8, .. Enumerable.Repeat((byte)0xFF, 200)], "within word 1");
    }

    [Fact]
    public void Reading_a_binary_file_without_spaces_stops_at_the_longest_word() =>
        Rejects([.. "1 1\n"u8, .. Enumerable.Repeat((byte)0xFF, 40 << 20)], "no space follows");

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), }", 4, "'<f8'")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }", 4, "Fortran")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 4, "(words, dim)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 1), }", 4, "(words, dim)")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1", 4, "has no end")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", 4, "'shape' is missing")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 300), }", 4, "truncated")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 9000000000000000000), }", 4, "floats")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", 8, "8 bytes follow")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", 4, ".words.txt does not exist")]
    public void Broken_npy_is_reported(string header, int dataBytes, string message) =>
        Rejects([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. new byte[dataBytes]], message);

    [Fact]
    public void An_npy_header_longer_than_the_file_is_reported()
    {
        Rejects([0x93, .. "NUMPY"u8, 1, 0, 255, 255, 1], "the header length is 65,535 bytes");
        Rejects([0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255, 1], "the header length is 4,294,967,295 bytes");
        Rejects([0x93, .. "NUMPY"u8, 9, 0, 1, 0, 0, 0], "version is 9");
        Rejects([0x93, .. "NUMPY"u8], "is incomplete");
    }

    [Fact]
    public void An_npy_with_too_few_words_is_reported()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(5, 3, 1);
        VectorFile.Write(folder["v.npy"], vectors, VectorFormat.Npy);
        File.WriteAllText(folder["v.npy.words.txt"], "a\nb\n");
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder["v.npy"]));
        Assert.Contains("v.npy.words.txt, line 3", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "'vectors' is missing")]
    [InlineData("[1]", "not recognised")]
    [InlineData("""{"vectors":{"dtype":"\ud800"}}""", "invalid escapes")]
    [InlineData("""{"vectors":[]}""", "'vectors' is missing")]
    [InlineData("""{"vectors":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}""", "\"F64\"")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "no 'shape' with 2")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1,-1],"data_offsets":[0,4]}}""", "no 'shape' with 2")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1,1e400],"data_offsets":[0,4]}}""", "no 'shape' with 2")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", "has shape")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1,1],"data_offsets":[8,4]}}""", "bytes 8 to 4 in its header")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4000000]}}""", "bytes 0 to 4,000,000 in its header")]
    [InlineData("""{"vectors":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""", "'words' is missing")]
    public void Broken_safetensors_are_reported(string header, string message) =>
        Rejects([.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. new byte[32]], message);

    [Theory]
    [InlineData(new long[] { 2, 1 }, "1 follows 2")]
    [InlineData(new long[] { 1, 99 }, "99 follows 1")]
    [InlineData(new long[] { -1, 2 }, "-1 follows 0")]
    [InlineData(new long[] { 1, 1 }, "the last word ends at byte 1")]
    public void Wrong_word_ends_are_reported(long[] ends, string message)
    {
        const string Header = """{"vectors":{"dtype":"F32","shape":[2,1],"data_offsets":[16,24]},"words":{"dtype":"U8","shape":[2],"data_offsets":[24,26]},"word_ends":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}""";
        byte[] data = [.. ends.SelectMany(BitConverter.GetBytes), .. new byte[8], .. "ab"u8];
        Rejects([.. BitConverter.GetBytes((long)Header.Length), .. Encoding.ASCII.GetBytes(Header), .. data], message);
    }

    [Fact]
    public void A_safetensors_header_longer_than_the_file_is_refused() =>
        Rejects([.. BitConverter.GetBytes(1L << 40), (byte)'{', (byte)'}'], "format was not recognised");

    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.Word2VecBinary)]
    [InlineData(VectorFormat.Npy)]
    [InlineData(VectorFormat.Safetensors)]
    [InlineData(VectorFormat.GloVe)]
    public void A_file_cut_or_altered_anywhere_fails_with_a_known_error(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(9, 5, 2);
        VectorFile.Write(folder["v"], vectors, format);
        byte[] whole = File.ReadAllBytes(folder["v"]);
        var random = new Random(5);
        for (int cut = 0; cut < whole.Length; cut++)
        {
            ReadOrReject(folder.Write("v", whole[..cut]));
            byte[] altered = [.. whole];
            altered[cut] = (byte)random.Next(256);
            ReadOrReject(folder.Write("v", altered));
        }
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_reported()
    {
        using var folder = new TempFolder();
        Assert.Contains("does not exist", Assert.Throws<NceFastException>(() => VectorFile.Read(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<NceFastException>(() => VectorFile.Read(folder["."])).Message, StringComparison.Ordinal);
    }

    private static void ReadOrReject(string path)
    {
        try
        {
            VectorFile.Read(path).Dispose();
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Input)
        {
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
        }
    }

    private static void Rejects(byte[] content, string message)
    {
        using var folder = new TempFolder();
        string path = folder.Write("v", content);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(path));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
