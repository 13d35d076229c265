using System.Text;
using NceFast.Store;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Vocab;

public sealed class VocabularyFileTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_saved_vocabulary_is_loaded_unchanged()
    {
        var random = new Random(2);
        var words = new WordList.Builder();
        var counts = new List<long>();
        for (int i = 0; i < 40_000; i++)
        {
            byte[] word = [.. Encoding.ASCII.GetBytes($"{i}"), .. Enumerable.Range(0, random.Next(30)).Select(_ => (byte)random.Next(0x21, 256))];
            words.Add(word);
            counts.Add(random.NextInt64(1, 1L << 45));
        }

        var vocabulary = new Vocabulary(words.Build(), counts.ToArray());
        string path = Path.Combine(_files.Folder, "vocab.txt");
        vocabulary.Save(path);
        Vocabulary loaded = Vocabulary.Load(path);
        Assert.Equal(counts, loaded.Counts.ToArray());
        Assert.Equal(vocabulary.TotalWords, loaded.TotalWords);
        for (int id = 0; id < counts.Count; id++)
        {
            Assert.True(vocabulary.Words[id].SequenceEqual(loaded.Words[id]));
            Assert.Equal(id, loaded.Find(vocabulary.Words[id]));
        }

        Assert.Equal([path], Directory.GetFiles(_files.Folder));
    }

    [Fact]
    public void Line_ends_byte_order_marks_and_tabs_of_other_programs_are_accepted()
    {
        Vocabulary loaded = Vocabulary.Load(_files.Write("v", [0xEF, 0xBB, 0xBF, .. "rare 1\r\nthe\t20\r\nend 3"u8]));
        Assert.Equal(["rare", "the", "end"], Enumerable.Range(0, 3).Select(loaded.Words.GetString));
        Assert.Equal([1, 20, 3], loaded.Counts.ToArray());
        Assert.Equal(24, loaded.CorpusWords);
    }

    [Theory]
    [InlineData("</s> 0\nthe 20\nend 3\n")]
    [InlineData("\uFEFF</s>\t0\r\nthe\t20\r\nend\t3\r\n")]
    public void An_end_of_sentence_that_was_never_seen_is_left_out(string text)
    {
        Vocabulary loaded = Vocabulary.Load(_files.Write("v", Encoding.UTF8.GetBytes(text)));
        Assert.Equal(["the", "end"], Enumerable.Range(0, 2).Select(loaded.Words.GetString));
        Assert.Equal([20, 3], loaded.Counts.ToArray());
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Vocabulary.Load(_files.Write("e", "</s> 0\n"))).Kind);
    }

    [Theory]
    [InlineData("a 5\nb\n", 2, "no blank")]
    [InlineData("a 5\n\nb 2\n", 2, "no blank")]
    [InlineData("a 5\nb x\n", 2, "'x'")]
    [InlineData("a 5\nb 2\nc 0\n", 3, "'0'")]
    [InlineData("a -5\n", 1, "'-5'")]
    [InlineData("a 5x\n", 1, "'5x'")]
    [InlineData("a 99999999999999999999\n", 1, "'99999999999999999999'")]
    [InlineData("a 9223372036854775807\n", 1, "4,611,686,018,427,387,904")]
    [InlineData("a 4611686018427387904\nb 1\n", 2, "add up")]
    [InlineData("a 5\n 3\n", 2, "empty")]
    [InlineData("a b 5\n", 1, "'a b'")]
    [InlineData("a\0 5\n", 1, "control")]
    [InlineData("a 5\nb 3\na 1\n", 3, "repeats")]
    public void Wrong_lines_are_named(string text, int line, string what)
    {
        string path = _files.Write("bad.txt", text);
        var error = Assert.Throws<NceFastException>(() => Vocabulary.Load(path));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains($"{path}, line {line} ", error.Message);
        Assert.Contains(what, error.Message);
    }

    [Fact]
    public void Endless_line_is_an_error_in_constant_memory()
    {
        var error = Assert.Throws<NceFastException>(() => Vocabulary.Load(_files.Write("long", "a 1\n" + new string('x', 3_000_000))));
        Assert.Contains("line 2 is longer", error.Message);
    }

    [Fact]
    public void Missing_empty_and_unwritable_files_are_errors()
    {
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => Vocabulary.Load("/no/such/vocab")).Kind);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Vocabulary.Load(_files.Write("e", ""))).Kind);
        Vocabulary one = Vocabulary.Load(_files.Write("v", "a 1"));
        Assert.Equal(ErrorKind.Output, Assert.Throws<NceFastException>(() => one.Save("/no/such/folder/v")).Kind);
        Directory.CreateDirectory(Path.Combine(_files.Folder, "d"));
        Assert.Equal(ErrorKind.Output, Assert.Throws<NceFastException>(() => one.Save(Path.Combine(_files.Folder, "d"))).Kind);
        Assert.Equal(2, Directory.GetFiles(_files.Folder).Length);
    }
}
