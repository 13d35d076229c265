using NceFast.NGrams;
using Xunit;

namespace NceFast.Tests.NGrams;

/// <summary>Compares counted models with the formulas of modified Kneser-Ney smoothing.</summary>
public sealed class KneserNeyTests : IDisposable
{
    private readonly NgramTexts _texts = new();

    public void Dispose() => _texts.Dispose();

    // With few sentences, the discounts of some orders are 0.5, 1 and 1.5.
    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 40)]
    [InlineData(3, 6)]
    [InlineData(3, 80)]
    [InlineData(5, 3)]
    [InlineData(5, 120)]
    public void Probabilities_are_those_of_the_formulas(int order, int count)
    {
        List<string[]> sentences = NgramTexts.Sentences(count, seed: order + count);
        _texts.Count(_texts.Text(sentences), "m.arpa", order);
        NgramModel model = NgramModel.Load(_texts.In("m.arpa"));
        string[] words = [.. sentences.SelectMany(s => s).Distinct(), "</s>", "<unk>"];
        Assert.Equal((order, words.Length + 1), (model.Order, model.Words.Count));
        var reference = new KneserNeyReference(sentences, order, words.Length);
        foreach (string[] context in Contexts(sentences, order, words))
        {
            foreach (string word in words)
            {
                double expected = reference.Probability(context, word), found = Math.Exp(model.LogProbability([.. context.Select(model.Find)], model.Find(word)));
                Assert.True(Math.Abs(found - expected) < 3e-6 * expected, $"p({word} | {string.Join(' ', context)}) is {found} instead of {expected}.");
            }
        }
    }

    [Fact]
    public void Discounts_and_counts_are_reported()
    {
        NgramReport report = _texts.Count(_texts.Write("text", "a b\na b c\n"), "m.arpa", 2);
        Assert.Equal([6, 5], report.Counts); // a, b, c, <unk>, </s>, <s>; <s> a, a b, b </s>, b c, c </s>
        Assert.Equal((5, 2), (report.Words, report.Sentences));
        Assert.All(report.Discounts, order => Assert.Equal([0.5, 1, 1.5], order));
        double expected = ((2 - 1.0) / 2) + (1.0 / 2 * ((1 - 0.5) / 5 + (((3 * 0.5) + 1) / 5 / 5))); // <s> a is seen twice of twice, a after one word of five
        NgramModel model = NgramModel.Load(_texts.In("m.arpa"));
        Assert.Equal(expected, Math.Exp(model.LogProbability([model.Start], model.Find("a"))), 1e-6);
    }

    [Fact]
    public void An_order_without_n_grams_is_empty()
    {
        NgramReport report = _texts.Count(_texts.Write("text", "a\nb\n"), "m.arpa", 5);
        Assert.Equal([5, 4, 2, 0, 0], report.Counts);
        NgramModel model = NgramModel.Load(_texts.In("m.arpa"));
        Assert.Equal(model.LogProbability([model.Start, model.Find("a")], model.End), model.LogProbability([model.End, model.End, model.Start, model.Find("a")], model.End), 1e-9);
    }

    [Fact]
    public void A_folder_that_takes_no_files_is_named()
    {
        string text = _texts.Text(NgramTexts.Sentences(12_000, seed: 3, words: 400));
        var options = new NgramOptions { Order = 4, MemoryBytes = NgramOptions.MinMemory, SortFolder = _texts.In("none") };
        var error = Assert.Throws<NceFastException>(() => NgramCounter.Write(NceFast.Corpus.CorpusSource.FromPaths(text), options, _texts.In("m"), 1));
        Assert.Equal((ErrorKind.Output, true), (error.Kind, error.Message.Contains(_texts.In("none"), StringComparison.Ordinal)));
        Assert.Equal(["NgramOptions.SortFolder", "NgramOptions.MemoryBytes"], error.Members);
    }

    [Fact]
    public void Rare_words_are_unknown()
    {
        List<string[]> sentences = NgramTexts.Sentences(60, seed: 5);
        sentences[7][0] = "rare";
        _texts.Count(_texts.Text(sentences), "m.arpa", 3, minCount: 2);
        sentences[7][0] = "<unk>";
        string[] words = [.. sentences.SelectMany(s => s).Distinct(), "</s>"];
        var reference = new KneserNeyReference(sentences, 3, words.Length);
        NgramModel model = NgramModel.Load(_texts.In("m.arpa"));
        Assert.Equal(-1, model.Find("rare"));
        Assert.Equal(Math.Log(reference.Probability(["<s>"], "<unk>")), model.LogProbability([model.Start], model.Unknown), 1e-5);
    }

    [Theory]
    [InlineData(1, 4, "m.arpa")]
    [InlineData(1 << 20, 1, "m.arpa")]
    [InlineData(1 << 20, 3, "m.arpa.gz")]
    public void Memory_and_threads_do_not_change_the_file(long memory, int threads, string name)
    {
        string text = _texts.Text(NgramTexts.Sentences(12_000, seed: 3, words: 400));
        _texts.Count(text, "expected.arpa", 4);
        _texts.Count(text, name, 4, threads, Math.Max(memory, NgramOptions.MinMemory));
        byte[] found = File.ReadAllBytes(_texts.In(name)), expected = File.ReadAllBytes(_texts.In("expected.arpa"));
        if (name.EndsWith(".gz", StringComparison.Ordinal))
            Assert.Equal(CountsOf("expected.arpa"), CountsOf(name));
        else
            Assert.Equal(expected, found);
        Assert.Empty(Directory.GetFiles(_texts.Folder, "*.grams"));
        Assert.True(expected.Length > 32 * NgramOptions.MinMemory / 32);
    }

    [Fact]
    public void A_text_without_sentences_and_wrong_options_are_refused()
    {
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => _texts.Count(_texts.Write("empty", " \n"), "m", 2)).Kind);
        string text = _texts.Write("text", "a <s> b\n");
        Assert.Contains("<s>", Assert.Throws<NceFastException>(() => _texts.Count(text, "m", 2)).Message);
        Assert.Contains("NgramOptions.Order", Assert.Throws<NceFastException>(() => _texts.Count(text, "m", 6)).Message);
        Assert.Contains("NgramOptions.MemoryBytes", Assert.Throws<NceFastException>(() => _texts.Count(text, "m", 2, memory: 5)).Message);
        Assert.Contains("CorpusOptions.SpecialWords", Assert.Throws<NceFastException>(() => _texts.Count(text, "m", 2, special: NceFast.Blocks.SpecialWordsMode.None)).Message);
        Assert.False(File.Exists(_texts.In("m")));
    }

    private IReadOnlyList<long> CountsOf(string name) => NgramModel.Load(_texts.In(name)).CountsByOrder;

    // Contexts of the text, and contexts that it does not have.
    private static IEnumerable<string[]> Contexts(List<string[]> sentences, int order, string[] words)
    {
        var random = new Random(1);
        foreach (string[] sentence in sentences.Take(12))
        {
            string[] all = ["<s>", .. sentence];
            for (int end = 0; end <= all.Length; end++)
                yield return all[Math.Max(0, end - order + 1)..end];
        }

        for (int i = 0; i < 20; i++)
            yield return [.. Enumerable.Range(0, order - 1).Select(_ => words[random.Next(words.Length)])];
    }
}
