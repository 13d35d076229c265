using System.Text;
using NceFast.Exports;
using NceFast.Store;
using Xunit;

namespace NceFast.Tests.Exports;

/// <summary>Tests word2vec files as other programs write them, and files whose content contradicts their header.</summary>
public class Word2VecFormTests
{
    private static readonly string[] Names = ["the", "New York", ". . .", "a b c d e f", " leading", "Zürich am See", "plain", "New Orleans"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(300)]
    public void Words_with_blanks_are_read_where_rows_end_in_line_feeds(int dim)
    {
        using var folder = new TempFolder();
        for (int seed = 0; seed < 40; seed++)
        {
            string[] words = [.. Enumerable.Range(0, 200).Select(i => $"{Names[(i + seed) % Names.Length]}{i}")];
            using WordVectors written = Random(words, dim, seed);
            using WordVectors read = VectorFile.Read(folder.Write("v", Binary(written, "\n")), out VectorFileInfo info);
            TestVectors.AssertSame(written, read);
            Assert.Null(info.Doubt);
        }
    }

    [Fact]
    public void The_last_line_feed_may_be_missing_and_one_word_with_blanks_is_enough()
    {
        using var folder = new TempFolder();
        foreach (int count in (int[])[1, 2, 3])
        {
            using WordVectors written = Random([.. Names.Skip(1).Take(count)], 20, count);
            using WordVectors read = VectorFile.Read(folder.Write("v", Binary(written, "\n")[..^1]));
            TestVectors.AssertSame(written, read);
        }
    }

    [Fact]
    public void Many_rows_with_blanks_are_read_across_all_buffers()
    {
        using var folder = new TempFolder();
        using WordVectors written = Random([.. Enumerable.Range(0, 9_000).Select(i => $"{Names[i % Names.Length]} {i}")], 100, 4);
        using WordVectors read = VectorFile.Read(folder.Write("v", Binary(written, "\n")));
        TestVectors.AssertSame(written, read);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(198)]
    public void A_row_without_its_line_feed_is_an_error_with_its_number(int row)
    {
        using var folder = new TempFolder();
        using WordVectors written = Random([.. Enumerable.Range(0, 200).Select(i => $"w{i}")], 30, 2);
        byte[] whole = Binary(written, "\n");
        int end = Binary(Head(written, row + 1), "\n").Length - Header(row + 1, 30).Length + Header(200, 30).Length;
        Assert.Equal((byte)'\n', whole[end - 1]);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", [.. whole[..(end - 1)], .. whole[end..]])));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains($"row {row + 1:N0} of 200", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_words_without_line_feeds_are_read_without_a_warning()
    {
        using var folder = new TempFolder();
        using WordVectors written = Random([.. Enumerable.Range(0, 300).Select(i => $"wörter{i}")], 40, 3);
        using WordVectors read = VectorFile.Read(folder.Write("v", Binary(written, "")), out VectorFileInfo info);
        TestVectors.AssertSame(written, read);
        Assert.Null(info.Doubt);
    }

    [Fact]
    public void Words_with_blanks_without_line_feeds_raise_an_error_or_a_warning()
    {
        using var folder = new TempFolder();
        for (int seed = 0; seed < 60; seed++)
        {
            string[] words = [.. Enumerable.Range(0, 60).Select(i => i % 20 == seed % 20 ? $"New York {i}" : $"w{i}")];
            using WordVectors written = Random(words, 20, seed);
            try
            {
                VectorFile.Read(folder.Write("v", Binary(written, "")), out VectorFileInfo info).Dispose();
                Assert.Contains("do not end in line feeds", info.Doubt, StringComparison.Ordinal);
            }
            catch (NceFastException e) when (e.Kind == ErrorKind.Input)
            {
                Assert.Contains("byte ", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Unreasonable_floats_without_line_feeds_are_reported_with_their_row()
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Make(("a", [1f, 2f]), ("b", [3f, 2e30f]), ("c", [float.NaN, 1f]), ("d", [1f, 1f]));
        VectorFile.Read(folder.Write("v", Binary(written, "")), out VectorFileInfo info).Dispose();
        Assert.Contains("2 rows with floats that are above 1e30 or not numbers (the first is row 2)", info.Doubt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(' ', 100, 101, "line 2: 100 floats found but the header states 101")]
    [InlineData(' ', 101, 100, "line 2: 101 floats found but the header states 100")]
    [InlineData('\t', 100, 101, "line 2: 100 floats found but the header states 101")]
    [InlineData(' ', 3, 1, "line 2: 3 floats found but the header states 1")]
    [InlineData(' ', 1, 300, "line 2: 1 float found but the header states 300")]
    public void Text_with_another_number_of_floats_is_text(char between, int dim, int promised, string message)
    {
        using var folder = new TempFolder();
        string text = Text(50, dim, between).Replace($"50 {dim}\n", $"50 {promised}\n");
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", text)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(49, "line 51: a line follows the 49 words that the header states")]
    [InlineData(51, "line 52: the file ends after 50 words but its header states 51")]
    public void Text_with_another_number_of_words_is_reported(int promised, string message)
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", Text(50, 12, ' ').Replace("50 12\n", $"{promised} 12\n"))));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_line_that_differs_is_named()
    {
        using var folder = new TempFolder();
        string text = Text(50, 12, ' ') + "";
        int line = text.IndexOf("\nw20 ", StringComparison.Ordinal);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", text[..line] + "\nw20 0.5" + text[text.IndexOf('\n', line + 1)..])));
        Assert.Contains("line 22: 1 float found but the header states 12", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3 2\na\t1\t2\nb\t3\t4\nc\t5\t6\n")]
    [InlineData("3\t2\r\na 1\t2 \r\nb\t3 4\r\nc  5 6\r\n")]
    [InlineData("3 2\na 1 2   \nb 3 4\t\nc 5 6")]
    public void Tabs_trailing_blanks_and_carriage_returns_separate_fields(string text)
    {
        using var folder = new TempFolder();
        using WordVectors read = VectorFile.Read(folder.Write("v", text), out VectorFileInfo info);
        Assert.Equal(VectorFormat.Word2Vec, info.Format);
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(read.Words.GetString));
        Assert.Equal([1f, 2, 3, 4, 5, 6], Enumerable.Range(0, 3).SelectMany(i => read.Matrix.Row(i).ToArray()));
    }

    [Theory]
    [InlineData("5 10\n", "follow; the file is truncated")]
    [InlineData("2 2\nNew York 1 2\nb 1 2 3\n", "line 3: 3 floats found but the header states 2")]
    [InlineData("2 2\nsome words that are not vectors\nat all\n", "line 2: float 1 of 2 cannot be read")]
    public void A_header_alone_and_other_text_are_reported(string text, string message)
    {
        using var folder = new TempFolder();
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", text)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public void Binary_floats_that_are_printable_are_still_binary(string end)
    {
        float printable = BitConverter.Int32BitsToSingle(0x3F414243); // "CBA?"
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Make(("one", [printable, printable]), ("two", [printable, printable]), ("three", [printable, printable]));
        using WordVectors read = VectorFile.Read(folder.Write("v", Binary(written, end)), out VectorFileInfo info);
        Assert.Equal(VectorFormat.Word2VecBinary, info.Format);
        TestVectors.AssertSame(written, read);
    }

    [Theory]
    [InlineData(VectorFormat.Word2Vec, "a\tb")]
    [InlineData(VectorFormat.Word2Vec, "a\r")]
    [InlineData(VectorFormat.Word2Vec, "a\nb")]
    [InlineData(VectorFormat.Word2Vec, "")]
    [InlineData(VectorFormat.Word2VecBinary, "a\nb")]
    [InlineData(VectorFormat.Word2VecBinary, "")]
    [InlineData(VectorFormat.Npy, "a\nb")]
    [InlineData(VectorFormat.Npy, "a\r")]
    public void Words_that_a_format_cannot_represent_are_refused(VectorFormat format, string word)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("x", [1f]), (word, [2f]));
        Assert.Equal(ErrorKind.Output, Assert.Throws<NceFastException>(() => VectorFile.Write(folder["v"], vectors, format)).Kind);
        Assert.Empty(folder.Files);
    }

    private static WordVectors Random(string[] words, int dim, int seed)
    {
        var random = new Random(seed);
        return TestVectors.Make([.. words.Select(Encoding.UTF8.GetBytes)], (_, _) => (float)(random.NextDouble() - 0.5), dim);
    }

    private static WordVectors Head(WordVectors all, int count) =>
        TestVectors.Make([.. Enumerable.Range(0, count).Select(i => all.Words[i].ToArray())], (i, j) => all.Matrix.Row(i)[j], all.Dim);

    private static byte[] Header(int words, int dim) => Encoding.ASCII.GetBytes($"{words} {dim}\n");

    private static byte[] Binary(WordVectors vectors, string end)
    {
        var file = new MemoryStream();
        file.Write(Header(vectors.Count, vectors.Dim));
        for (int i = 0; i < vectors.Count; i++)
        {
            file.Write(vectors.Words[i]);
            file.WriteByte((byte)' ');
            foreach (float f in vectors.Matrix.Row(i))
                file.Write(BitConverter.GetBytes(f));
            file.Write(Encoding.ASCII.GetBytes(end));
        }

        return file.ToArray();
    }

    private static string Text(int words, int dim, char between)
    {
        var random = new Random(1);
        return $"{words} {dim}\n" + string.Concat(Enumerable.Range(0, words).Select(i => $"w{i}{between}{string.Join(between, Enumerable.Range(0, dim).Select(_ => (random.NextDouble() - 0.5).ToString("F4", System.Globalization.CultureInfo.InvariantCulture)))}\n"));
    }
}
