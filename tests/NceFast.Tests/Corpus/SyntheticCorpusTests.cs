using NceFast.Corpus;
using Xunit;

namespace NceFast.Tests.Corpus;

public sealed class SyntheticCorpusTests
{
    private static readonly SyntheticCorpus Small = new(classes: 6, wordsPerClass: 4, words: 200_000, seed: 3);

    [Fact]
    public void The_true_distribution_is_stationary_and_reversible()
    {
        int n = Small.DistinctWords;
        Assert.Equal(1, Enumerable.Range(0, n).Sum(Small.Probability), 12);
        for (int c = 0; c < n; c++)
        {
            Assert.Equal(1, Enumerable.Range(0, n).Sum(w => Math.Exp(Small.LogProbability(w, c))), 12);
            for (int w = 0; w < n; w++)
                Assert.Equal(Joint(c, w), Joint(w, c), 14);
            Assert.Equal(Small.Probability(c), Enumerable.Range(0, n).Sum(other => Joint(other, c)), 12);
        }
    }

    [Fact]
    public void Entropies_equal_those_of_the_distribution()
    {
        double conditional = 0, unigram = 0;
        for (int c = 0; c < Small.DistinctWords; c++)
        {
            unigram -= Small.Probability(c) * Math.Log(Small.Probability(c));
            for (int w = 0; w < Small.DistinctWords; w++)
                conditional -= Joint(c, w) * Small.LogProbability(w, c);
        }

        Assert.Equal(conditional, Small.ConditionalEntropy, 10);
        Assert.Equal(unigram - conditional, Small.MutualInformation, 10);
        Assert.True(Small.MutualInformation > 0.2);
    }

    [Fact]
    public void Text_follows_the_true_distribution()
    {
        int n = Small.DistinctWords;
        var index = Enumerable.Range(0, n).ToDictionary(Small.TextOf);
        var pairs = new long[n * n];
        foreach (string line in ReadAll(Small, 4096).TrimEnd('\n').Split('\n'))
        {
            int[] words = [.. line.Split(' ').Select(word => index[word])];
            Assert.Equal(SyntheticCorpus.SentenceWords, words.Length);
            for (int i = 1; i < words.Length; i++)
                pairs[(words[i - 1] * n) + words[i]]++;
        }

        // Chi-square of 576 cells. The chain correlates neighbouring pairs slightly, so that the bound is well above the mean of 575.
        double total = pairs.Sum(), chi = 0;
        for (int cell = 0; cell < pairs.Length; cell++)
        {
            double expected = total * Joint(cell / n, cell % n);
            chi += (pairs[cell] - expected) * (pairs[cell] - expected) / expected;
        }

        Assert.Equal(200 * 999, total);
        Assert.InRange(chi, 400, 900);
    }

    [Fact]
    public void Text_does_not_depend_on_how_it_is_read()
    {
        var corpus = new SyntheticCorpus(words: 2_500);
        string whole = ReadAll(corpus, 1 << 20);
        Assert.Equal(whole, ReadAll(corpus, 7));
        Assert.Equal([1000, 1000, 500], whole.TrimEnd('\n').Split('\n').Select(line => line.Split(' ').Length));
        Assert.NotEqual(whole, ReadAll(new SyntheticCorpus(words: 2_500, seed: 2), 1 << 20));
    }

    [Fact]
    public void Wrong_sizes_are_refused() =>
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => new SyntheticCorpus(classes: 1)).Kind);

    private static double Joint(int c, int w) => Small.Probability(c) * Math.Exp(Small.LogProbability(w, c));

    private static string ReadAll(SyntheticCorpus corpus, int bufferBytes)
    {
        using Stream text = corpus.OpenText();
        using var copy = new MemoryStream();
        text.CopyTo(copy, bufferBytes);
        return System.Text.Encoding.UTF8.GetString(copy.ToArray());
    }
}
