using System.Text;
using NceFast.Exports;
using NceFast.Store;
using Xunit;

namespace NceFast.Tests.Exports;

/// <summary>Tests text vectors as other programs write them: without a header, with blanks in words, with a byte order mark.</summary>
public class TextFormTests
{
    [Theory]
    [InlineData("the 0.1 -2e-3\nof 3 4\n")]
    [InlineData("the\t0.1\t-2e-3\r\nof\t3\t4\r\n")]
    [InlineData("the 0.1 -2e-3 \nof 3 4")]
    [InlineData("the 0.1 -2e-3\nof 3 4\n\n \n")]
    [InlineData("\u00EF\u00BB\u00BFthe 0.1 -2e-3\nof 3 4\n")] // a byte order mark, in Latin-1
    public void Glove_text_has_no_header(string text)
    {
        using var folder = new TempFolder();
        using WordVectors read = VectorFile.Read(folder.Write("v", text), out VectorFileInfo info);
        Assert.Equal(VectorFormat.GloVe, info.Format);
        Assert.Equal(["the", "of"], Words(read));
        Assert.Equal([0.1f, -2e-3f, 3, 4], Enumerable.Range(0, 2).SelectMany(i => read.Matrix.Row(i).ToArray()));
    }

    [Theory]
    [InlineData("", VectorFormat.GloVe)]
    [InlineData("7 3\n", VectorFormat.Word2Vec)]
    [InlineData("\uFEFF", VectorFormat.GloVe)]
    [InlineData("\uFEFF7 3\n", VectorFormat.Word2Vec)]
    public void The_last_fields_are_the_floats_and_all_before_is_the_word(string head, VectorFormat format)
    {
        string text = head + "the 0.1 0.2 0.3\n. . . 1.5 2.5 3.5\nat name@domain.com 1e3 2.0 nan\nNew  York\t0.1\t0.2\t0.3\nWindows 7 0.5 0.5 -0.5\n1 2.5 3.5 4.5\nnan 0.1 0.2 0.3\n";
        using var folder = new TempFolder();
        using WordVectors read = VectorFile.Read(folder.Write("v", Encoding.UTF8.GetBytes(text)), out VectorFileInfo info);
        Assert.Equal(format, info.Format);
        Assert.Equal(["the", ". . .", "at name@domain.com", "New  York", "Windows 7", "1", "nan"], Words(read));
        Assert.Equal([1.5f, 2.5f, 3.5f], read.Matrix.Row(1).ToArray());
        Assert.Equal([1e3f, 2f, float.NaN], read.Matrix.Row(2).ToArray());
        Assert.Equal([0.5f, 0.5f, -0.5f], read.Matrix.Row(4).ToArray());
    }

    [Theory]
    [InlineData("a 1.5 2.5\nb 1.5\n", "line 2: 1 float found but the first line has 2; correct the line.")]
    [InlineData("a 1.5 2.5\nb 1.5 2.5 3.5\n", "line 2: 3 floats found but the first line has 2; correct the line.")]
    [InlineData("a 1.5 2.5\nb 1 2 3\n", "line 2: 3 floats found but the first line has 2; correct the line.")]
    [InlineData("a 1.5 2.5\nb c 3\n", "line 2: float 1 of 2 cannot be read from ' c 3'")]
    [InlineData("a 1.5 2.5\n\nb 1 2\n", "line 3: a blank line comes before this line")]
    [InlineData("a 1.5 2.5\nb\n", "line 2: the line is 'b'")]
    [InlineData("apple 3\npear 4\n", "format was not recognised")] // a vocabulary
    [InlineData("a b c d\n1 2 3 4\n", "format was not recognised")]
    [InlineData("one\ntwo 1.5 2.5\n", "format was not recognised")]
    [InlineData("a\0 1.5 2.5\n", "format was not recognised")]
    [InlineData("PK\u0003\u0004 0.1 0.2", "a zip archive")] // as GloVe is distributed
    public void Lines_that_do_not_fit_are_reported_with_their_number(string text, string message)
    {
        using var folder = new TempFolder();
        string path = folder.Write("v", text);
        var error = Assert.Throws<NceFastException>(() => VectorFile.Read(path));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_line_at_the_border_of_two_pieces_is_found()
    {
        using var folder = new TempFolder();
        string row = $"word {string.Join(' ', Enumerable.Repeat("0.25", 3))}\n";
        for (int before = 0; before < 40; before++)
        {
            string text = string.Concat(Enumerable.Repeat(row, before + 1)) + "\n" + string.Concat(Enumerable.Repeat(row, 40 - before));
            Assert.Contains("blank", Assert.Throws<NceFastException>(() => VectorFile.Read(folder.Write("v", text))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Glove_text_of_many_blocks_and_parts_is_read()
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(60_000, 30, 5);
        VectorFile.Write(folder["v"], written, VectorFormat.GloVe);
        using WordVectors read = VectorFile.Read(folder["v"], out VectorFileInfo info);
        Assert.Equal(VectorFormat.GloVe, info.Format);
        TestVectors.AssertSame(written, read);
    }

    [Fact]
    public void A_line_with_many_floats_is_read()
    {
        using var folder = new TempFolder();
        using WordVectors written = TestVectors.Random(3, 40_000, 5);
        VectorFile.Write(folder["v"], written, VectorFormat.GloVe);
        using WordVectors read = VectorFile.Read(folder["v"]);
        TestVectors.AssertSame(written, read);
    }

    private static IEnumerable<string> Words(WordVectors vectors) => Enumerable.Range(0, vectors.Count).Select(vectors.Words.GetString);
}
