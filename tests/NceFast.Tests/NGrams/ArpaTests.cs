using System.Globalization;
using NceFast.NGrams;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.NGrams;

/// <summary>Reads ARPA files of several programs, and refuses those with errors.</summary>
public sealed class ArpaTests : IDisposable
{
    private const string Small = "\\data\\\nngram 1=4\nngram 2=2\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-0.7\ta\t-0.25\n-0.3\t</s>\n\n\\2-grams:\n-0.1\t<s> a\n-0.2\ta </s>\n\n\\end\\\n";
    private readonly NgramTexts _texts = new();

    public void Dispose() => _texts.Dispose();

    [Theory]
    [InlineData(Small)]
    [InlineData("made by hand\n\n\\data\\\r\nngram 1 = 4\r\nngram 2= 2\r\n\\1-grams:\r\n-1.0 <unk>\r\n-0.3 </s> 0\r\n-0.7 a -.25\r\n-99 <s> -5e-1\r\n\\2-grams:\r\n-0.2 a </s>\r\n-0.1 <s> a\r\n\\end\\")]
    [InlineData("\n\\data\\\nngram 1=4\nngram 2=2\nngram 3=0\n\n\\1-grams:\n-1\t<UNK>\n-inf\t<s>\t-0.5\n-0.7\ta\t-0.25\n-0.3\t</s>\n\n\\2-grams:\n-0.1\t<s> a\t0\n-0.2\ta </s>\n\n\\3-grams:\n\n\\end\\\n")]
    public void Files_of_other_programs_are_read(string text)
    {
        NgramModel model = NgramModel.Load(_texts.Write("m.arpa", text));
        Assert.Equal([4, 2], model.CountsByOrder.Take(2));
        int a = model.Find("a");
        Assert.True(model.Unknown >= 0 && model.Start >= 0 && model.End >= 0 && a >= 0);
        AssertLog10(-0.1, model.LogProbability([model.Start], a));
        AssertLog10(-0.5 - 0.3, model.LogProbability([model.Start], model.End));
        AssertLog10(-0.2, model.LogProbability([model.Start, a], model.End));
        AssertLog10(-0.25 - 1, model.LogProbability([a], model.Unknown));
        AssertLog10(-0.7, model.LogProbability([model.Unknown], a));
        AssertLog10(-0.7, model.LogProbability([], a));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.LogProbability([], 4));
    }

    [Fact]
    public void A_missing_lower_context_is_skipped()
    {
        // Pruned files may lack the n-gram 'b c' although they have 'a b c'.
        NgramModel model = NgramModel.Load(_texts.Write("m.arpa", "\\data\\\nngram 1=4\nngram 2=1\nngram 3=1\n\\1-grams:\n-1\ta\t-.1\n-1\tb\t-.2\n-1\tc\t-.4\n-1\td\n\\2-grams:\n-.5\ta b\t-.3\n\\3-grams:\n-.25\ta b c\n\\end\\\n"));
        AssertLog10(-0.25, model.LogProbability([model.Find("a"), model.Find("b")], model.Find("c")));
        AssertLog10(-0.3 - 0.2 - 1, model.LogProbability([model.Find("a"), model.Find("b")], model.Find("d")));
    }

    [Fact]
    public void A_counted_model_is_read_with_every_number()
    {
        _texts.Count(_texts.Text(NgramTexts.Sentences(50, seed: 2)), "m.arpa.gz", 3);
        using var file = new System.IO.Compression.GZipStream(File.OpenRead(_texts.In("m.arpa.gz")), System.IO.Compression.CompressionMode.Decompress);
        string[] lines = new StreamReader(file).ReadToEnd().Split('\n');
        NgramModel model = NgramModel.Load(_texts.In("m.arpa.gz"));
        int read = 0;
        foreach (string[] fields in lines.Select(line => line.Split('\t')).Where(fields => fields.Length > 1))
        {
            int[] ids = [.. fields[1].Split(' ').Select(model.Find)];
            AssertLog10(double.Parse(fields[0], CultureInfo.InvariantCulture), model.LogProbability(ids.AsSpan(..^1), ids[^1]));
            read++;
        }

        Assert.Equal(model.CountsByOrder.Sum(), read);
    }

    [Theory]
    [InlineData("no data", "\\data\\", "data", "nothing")]
    [InlineData("order of counts", "line 3", "ngram 2=2", "ngram 3=2")]
    [InlineData("bad count", "line 2", "ngram 1=4", "ngram 1=x")]
    [InlineData("huge count", "line 2", "ngram 1=4", "ngram 1=99999999999999")]
    [InlineData("too few", "line 11: the section \\1-grams: ends after 4", "ngram 1=4", "ngram 1=5")]
    [InlineData("too many", "line 9: the section \\1-grams: has more", "ngram 1=4", "ngram 1=3")]
    [InlineData("no section", "line 11: '\\3-grams:' was found", "\\2-grams:", "\\3-grams:")]
    [InlineData("no bigrams", "line 12: 'ngram'", "\\2-grams:\n", "\\2-grams:\nngram 2=0\n")]
    [InlineData("bad probability", "line 8: '-0.7x'", "-0.7\ta", "-0.7x\ta")]
    [InlineData("positive probability", "line 8: '0.7'", "-0.7\ta", "0.7\ta")]
    [InlineData("not a number", "line 8: 'nan'", "-0.7\ta", "nan\ta")]
    [InlineData("bad backoff", "line 8: 'x'", "a\t-0.25", "a\tx")]
    [InlineData("more fields", "line 8: '-0.25'", "a\t-0.25", "a\t-0.25\t7")]
    [InlineData("repeated word", "line 8: the word '<s>' is repeated", "-0.7\ta", "-0.7\t<s>")]
    [InlineData("repeated n-gram", "line 13: this n-gram is repeated", "a </s>", "<s> a")]
    [InlineData("unknown word", "line 13: the word 'b' is not a unigram", "a </s>", "b </s>")]
    [InlineData("no end", "\\end\\", "\\end\\\n", "")]
    [InlineData("other end", "line 15: '\\more\\' was found", "\\end\\", "\\more\\")]
    [InlineData("no word", "is empty", "-0.7\ta\t-0.25", "-0.7")]
    [InlineData("high order", "order 1", "ngram 1=4\nngram 2=2", "ngram 2=2")]
    public void Errors_name_the_line(string what, string expected, string old, string changed)
    {
        Assert.NotEmpty(what);
        Assert.Contains(old, Small);
        string path = _texts.Write("m.arpa", Small.Replace(old, changed));
        var error = Assert.Throws<NceFastException>(() => NgramModel.Load(path));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains(expected, error.Message);
        Assert.Contains("m.arpa", error.Message);
    }

    [Fact]
    public void An_n_gram_whose_first_words_are_no_n_gram_is_refused()
    {
        string path = _texts.Write("m.arpa", "\\data\\\nngram 1=2\nngram 2=1\nngram 3=1\n\\1-grams:\n-1 a\n-1 b\n\\2-grams:\n-1 a b\n\\3-grams:\n-1 b a b\n\\end\\\n");
        Assert.Contains("line 11: the first 2 words", Assert.Throws<NceFastException>(() => NgramModel.Load(path)).Message);
    }

    [Fact]
    public void Other_files_are_refused_by_name()
    {
        Assert.Contains("binary file of KenLM", Assert.Throws<NceFastException>(() => NgramModel.Load(_texts.Write("m", "mmap lm http://kheafield.com/code format version 5\n\0"))).Message);
        Assert.Contains("does not exist", Assert.Throws<NceFastException>(() => NgramModel.Load(_texts.In("none"))).Message);
        Assert.Contains("longer than", Assert.Throws<NceFastException>(() => NgramModel.Load(_texts.Write("long", new string('x', 300_000)))).Message);
        byte[] packed = TextFiles.Gzip(System.Text.Encoding.UTF8.GetBytes(Small));
        File.WriteAllBytes(_texts.In("cut.gz"), packed[..^12]);
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => NgramModel.Load(_texts.In("cut.gz"))).Kind);
    }

    private static void AssertLog10(double expected, double found) => Assert.Equal(expected * Math.Log(10), found, 1e-6);
}
