using System.Text;
using NceFast.Blocks;
using NceFast.Evaluation.Internals;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Blocks;

/// <summary>Checks that text for evaluation is read with the rules and checks of training.</summary>
public sealed class SentenceReaderTests : IDisposable
{
    private const int Unknown = 99;
    private readonly TextFiles _files = new();
    private readonly Vocabulary _vocabulary;

    public SentenceReaderTests()
    {
        var words = new WordList.Builder();
        foreach (string word in new[] { "a", "b", "a-word-of-more-than-sixteen-bytes" })
            words.Add(Encoding.UTF8.GetBytes(word));
        _vocabulary = new Vocabulary(words.Build(), new long[] { 3, 2, 1 });
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Every_line_is_a_sentence_including_blank_lines_and_the_last()
    {
        (string Text, int[][] Lines)[] cases =
        [
            ("a b\n\n  \nb\r\nx\n", [[0, 1], [], [], [1], [Unknown]]),
            ("a", [[0]]),
            ("a\n b", [[0], [1]]),
            ("\n", [[]]),
            ("a\n ", [[0], []]),
            ("", []),
            ("\uFEFFa a-word-of-more-than-sixteen-bytes\n", [[0, 2]]),
            (new string('x', 5000) + "\na " + new string('y', 4096) + "\n", [[], [0, Unknown]]),
        ];
        foreach ((string text, int[][] lines) in cases)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Assert.Equal(lines, Lines(Reader(new MemoryStream(bytes))));
            Assert.Equal(lines, Lines(Reader(new DribblingStream(bytes))));
            Assert.Equal(lines, Lines(Reader(new MemoryStream(TextFiles.Gzip(bytes)))));
            Assert.Equal(lines.Where((_, i) => text.Split('\n')[i].Trim().Length is > 0 and <= 4999), Sentences(Reader(new DribblingStream(bytes))));
        }
    }

    [Fact]
    public void Long_lines_are_not_split()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a ", 2001)) + "\nb\n" + string.Concat(Enumerable.Repeat("b ", 1000)));
        Assert.Equal([2001, 1, 1000], Sentences(Reader(new DribblingStream(text))).Select(s => s.Length));
        Assert.Equal([2001, 1, 1000], Lines(Reader(new DribblingStream(text))).Select(s => s.Length));
    }

    [Fact]
    public void Words_are_counted()
    {
        using SentenceReader reader = Reader(new MemoryStream(Encoding.UTF8.GetBytes("a x y\n" + new string('z', 4097) + " b\n")));
        Sentences(reader);
        Assert.Equal((4L, 2L, 1L), (reader.Words, reader.UnknownWords, reader.OverlongWords));
    }

    [Theory]
    [InlineData("a\n")]
    [InlineData("B\n")]
    [InlineData("P b\n")]
    [InlineData("\uFEFFa\n")]
    public void A_line_is_returned_before_more_text_is_read(string line)
    {
        using SentenceReader reader = Reader(new OneLineStream(Encoding.UTF8.GetBytes(line)));
        Assert.True(reader.TryReadLine([]));
        using SentenceReader sentences = Reader(new OneLineStream(Encoding.UTF8.GetBytes(line)));
        Assert.True(sentences.TryRead([]));
    }

    [Fact]
    public void Damaged_and_foreign_files_are_refused_by_every_reader_of_text()
    {
        byte[] text = [.. Enumerable.Range(0, 4000).SelectMany(i => Encoding.UTF8.GetBytes($"a b word{i}\n"))], gzip = TextFiles.Gzip(text);
        (string Name, byte[] Bytes, string Message)[] cases =
        [
            ("cut.gz", gzip[..(gzip.Length / 2)], "cut short"),
            ("trailing.gz", [.. gzip, .. "more"u8], "after its end"),
            ("twice.gz", TextFiles.Gzip(gzip), "gzip within gzip"),
            ("utf16.txt", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a b\n")).ToArray(), "UTF-16"),
            ("bzip2.txt", Convert.FromHexString("425A6839314159265359"), "bzip2"),
            ("xz.txt", Convert.FromHexString("FD377A585A000004"), "xz"),
            ("zstd.txt", Convert.FromHexString("28B52FFD04005801"), "zstd"),
            ("zip.txt", Convert.FromHexString("504B030414000000"), "zip"),
            ("lz4.txt", Convert.FromHexString("04224D186440A700"), "lz4"),
            ("plain.gz", "a b\n"u8.ToArray(), "the bytes of gzip"),
        ];
        foreach ((string name, byte[] bytes, string message) in cases)
        {
            string path = _files.Write(name, bytes);
            Check(() => Sentences(SentenceReader.Open(path, _vocabulary, -1)));
            Check(() => Lines(SentenceReader.Open(path, _vocabulary, -1)));
            Check(() => SentenceReader.EnsureReadable(path, "The validation text", CancellationToken.None));
            Check(() => EvaluationFile.ReadLines(path).ToList());

            void Check(Action read)
            {
                var error = Assert.Throws<NceFastException>(read);
                Assert.Equal(ErrorKind.Input, error.Kind);
                Assert.Contains(path, error.Message);
                Assert.Contains(message, error.Message);
            }
        }

        Assert.Equal(4000, EvaluationFile.ReadLines(_files.Write("whole.gz", gzip)).Count());
        Assert.Contains("is a folder", Assert.Throws<NceFastException>(() => SentenceReader.Open(_files.Folder, _vocabulary, -1)).Message);
        Assert.Contains("does not exist", Assert.Throws<NceFastException>(() => SentenceReader.Open(_files.Folder + "/none", _vocabulary, -1)).Message);
        Assert.Contains("read several times", Assert.Throws<NceFastException>(() => SentenceReader.EnsureReadable("-", "The validation text", CancellationToken.None)).Message);
    }

    private SentenceReader Reader(Stream stream) => new(stream, "the text", _vocabulary, Unknown);

    private static List<int[]> Lines(SentenceReader reader) => All(reader, reader.TryReadLine);

    private static List<int[]> Sentences(SentenceReader reader) => All(reader, reader.TryRead);

    private static List<int[]> All(SentenceReader reader, Func<List<int>, bool> read)
    {
        using (reader)
        {
            var all = new List<int[]>();
            var ids = new List<int>();
            while (read(ids))
                all.Add([.. ids]);
            return all;
        }
    }

    /// <summary>A pipe whose writer has sent one line and waits for the answer, so that a second read would never end.</summary>
    private sealed class OneLineStream(byte[] line) : MemoryStream(line)
    {
        public override int Read(Span<byte> buffer) => Position == Length ? throw new InvalidOperationException("More text is asked for.") : base.Read(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}
