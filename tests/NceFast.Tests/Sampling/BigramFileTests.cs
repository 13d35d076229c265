using NceFast.Sampling;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Sampling;

public sealed class BigramFileTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Lines_are_read_plain_or_compressed(bool gzip, bool open)
    {
        byte[] text = "<s> a 5\r\na\tb 2\nb </s> 9223372036854775\na zebra 4\nzebra a 3\n</s> a 8\na <s> 1"u8.ToArray();
        var found = new List<(int, int, long)>();
        var file = new BigramFile(_files.Write("counts", gzip ? TextFiles.Gzip(text) : text), Rows(open));
        file.Read((u, w, n) => found.Add((u, w, n)), CancellationToken.None);
        int start = open ? 3 : 4;
        Assert.Equal(open ? [(start, 0, 5), (0, 1, 2), (1, 2, 9223372036854775)] : [(start, 0, 5), (0, 1, 2), (1, 2, 9223372036854775), (0, 3, 4), (3, 0, 3)], found);
        Assert.Equal((7, open ? 4 : 2), (file.Lines, file.UnknownLines));
    }

    [Theory]
    [InlineData("a b 2\na b\n", "line 2 is 'a b'")]
    [InlineData("a b 2\n\n", "line 2 is ''")]
    [InlineData("a b 0\n", "line 1 has the count '0'")]
    [InlineData("a b x3\n", "line 1 has the count 'x3'")]
    [InlineData("a b -3\n", "line 1 has the count '-3'")]
    [InlineData("a b 9999999999999999999\n", "line 1 has the count '9999999999999999999'")]
    [InlineData("a b 4000000000000000000\na a 4000000000000000000\n", "line 2 has the count")]
    [InlineData("a b c 3\n", "line 1 has a word")]
    [InlineData("a  b 3\n", "line 1 has a word")]
    public void A_bad_line_is_named(string text, string problem)
    {
        var file = new BigramFile(_files.Write("counts", System.Text.Encoding.UTF8.GetBytes(text)), Rows(open: false));
        var error = Assert.Throws<NceFastException>(() => file.Read((_, _, _) => { }, CancellationToken.None));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("each line must be the previous word, a word and a count", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<NceFastException>(() => new BigramFile(Path.Combine(_files.Folder, "none"), Rows(open: false)).Read((_, _, _) => { }, CancellationToken.None));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("none", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_frequent_previous_words_have_successors()
    {
        var words = new WordList.Builder();
        foreach (string word in (string[])["a", "b", "c", "d", "</s>", "<unk>"])
            words.Add(word);
        var rows = new BigramRows(new Vocabulary(words.Build(), [5, 9, 9, 1, 100, 7]), end: 4, unknown: 5, predictsEnd: true, most: 4);
        Assert.Equal([false, true, true, false, false, true, true], Enumerable.Range(0, rows.Count).Select(rows.IsCounted));
    }

    private static BigramRows Rows(bool open)
    {
        var words = new WordList.Builder();
        foreach (string word in open ? ["a", "b", "</s>"] : (string[])["a", "b", "</s>", "<unk>"])
            words.Add(word);
        return new BigramRows(new Vocabulary(words.Build(), open ? [3, 2, 1] : [3, 2, 1, 1]), end: 2, unknown: open ? -1 : 3, predictsEnd: true);
    }
}
