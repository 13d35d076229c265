using System.Text;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Corpus;

/// <summary>Changes of words after decoding: lower case, normalisation, other separators.</summary>
public sealed class TextTransformTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("The ÉCOLE Straße\n", "the école straße")]
    [InlineData("İ K ẞ Ω\n", "i̇|k|ß|ω")]
    public void Letters_become_lower_case(string text, string expected)
    {
        string[] words = expected.Split('|', ' ');
        string[] read = Words(text, new TextOptions { Lowercase = true });
        Assert.Equal(text.TrimEnd().Split(' ').Select(word => word.ToLowerInvariant()), read);
        Assert.Equal(words.Length, read.Length);
    }

    [Theory]
    [InlineData("12,45,78\n9, 10\n", ',', "12 45 78 9 10")]
    [InlineData("green tea , black  tea,,milk \n x y ,z", ',', "green_tea black_tea milk x_y z")]
    [InlineData("a\tb c\n", '\t', "a b_c")]
    [InlineData("thé vert|café  noir\n", '|', "thé_vert café_noir")]
    public void Another_character_separates_words(string text, char separator, string expected) =>
        Assert.Equal(expected.Split(' '), Words(text, new TextOptions { Separator = separator }));

    [Fact]
    public void Blanks_of_unicode_separate_words_on_request()
    {
        const string Text = "a\u00A0b 東京\u3000大阪 c\u2003d\n";
        Assert.Equal(["a", "b", "東京", "大阪", "c", "d"], Words(Text, new TextOptions { UnicodeBlanks = true }));
        Assert.Equal(3, Words(Text, new TextOptions()).Length);
    }

    [Fact]
    public void A_function_normalises_words_that_are_not_ascii()
    {
        var seen = new List<string>();
        string Normalize(string word)
        {
            lock (seen)
                seen.Add(word);
            return word.Replace("e\u0301", "é");
        }

        Assert.Equal(["plain", "école", "x"], Words("plain e\u0301cole x\n", new TextOptions { Normalize = Normalize }));
        Assert.Equal(["e\u0301cole"], seen);
    }

    [Fact]
    public void Words_that_are_not_utf8_are_kept() =>
        Assert.Equal(2, TextFiles.ReadAll(Source([0xE9, (byte)'A', (byte)' ', (byte)'B', (byte)'\n'], new TextOptions { Lowercase = true })).Blocks.Single().Value.Single().Count);

    [Fact]
    public void Segments_shards_and_readers_do_not_change_the_result()
    {
        string text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"WORD{i % 50} Élan,two  three É{i % 7},{(i % 13 == 0 ? "\n" : "")}"));
        var options = new TextOptions { Lowercase = true, Separator = ',' };
        List<string> expected = [.. text.ToLowerInvariant().Split('\n').Select(line => string.Join(' ', line.Split(',').Select(item => string.Join('_', item.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Where(item => item.Length > 0)))];
        foreach (int shard in (int[])[500, 4096, 1 << 20])
        {
            foreach (int readers in (int[])[1, 3])
            {
                CorpusSource source = CorpusSource.FromPaths([_files.Write("text", text)], options), stream = CorpusSource.FromPaths([_files.Write("text.gz", TextFiles.Gzip(Encoding.UTF8.GetBytes(text)))], options);
                source.ShardBytes = stream.ShardBytes = shard;
                Assert.Equal(expected, Utf8(TextFiles.ShowAll(source, readers)).Split('\n'));
                Assert.Equal(Numbers(source, readers), Numbers(stream, readers));
            }
        }

        static IEnumerable<string> Numbers(CorpusSource source, int readers) => TextFiles.ReadAll(source, readers).Blocks.Select(block => $"{block.Key}: {TextReference.Show(block.Value)}");
    }

    [Fact]
    public void A_sentence_reader_changes_words_in_the_same_way()
    {
        string path = _files.Write("text", "The ÉCOLE\n\nÉcole the\n");
        var options = new TextOptions { Lowercase = true };
        using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths([path], options), new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } }, 1, 0);
        Assert.Equal(2, corpus.Vocabulary.Count);
        using SentenceReader reader = SentenceReader.Open(path, corpus.Vocabulary, -1, text: options);
        var lines = new List<int>();
        var line = new List<int>();
        while (reader.TryReadLine(line))
            lines.Add(line.Count);
        Assert.Equal([2, 0, 2], lines);
        Assert.Equal(0, reader.UnknownWords);
    }

    private CorpusSource Source(byte[] text, TextOptions options) => CorpusSource.FromPaths([_files.Write(Guid.NewGuid().ToString("N"), text)], options);

    private string[] Words(string text, TextOptions options) =>
        [.. TextFiles.ReadAll(Source(Encoding.UTF8.GetBytes(text), options)).Blocks.Values.SelectMany(sentences => sentences).SelectMany(words => words).Select(Utf8)];

    // The reference shows each byte as a character.
    private static string Utf8(string bytes) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));
}
