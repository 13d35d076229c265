using System.Globalization;
using NceFast.Blocks;
using NceFast.Evaluation;
using NceFast.Evaluation.Internals;
using NceFast.Models;
using NceFast.NGrams;
using NceFast.Store;
using NceFast.Tests.NGrams;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Evaluation;

/// <summary>Compares mixtures with plain sums over their parts.</summary>
public sealed class ModelMixtureTests : IDisposable
{
    private static readonly string[] Letters = ["a", "b", "c", "d", "e", "f", "g", "</s>", "<unk>"];
    private readonly NgramTexts _texts = new();

    public void Dispose() => _texts.Dispose();

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 0, 0)]
    [InlineData(50, 0, 1)]
    [InlineData(40, 7, 0)]
    [InlineData(30, 1, 0)]
    public void Probabilities_are_sums_over_the_parts(int cacheWords, int halfLife, int after)
    {
        using LanguageModel model = Model(Letters, after: after);
        NgramModel ngrams = Ngrams(model);
        double[] weights = cacheWords > 0 ? [0.2, 0.5, 0.3] : [0.4, 0.6];
        var mixture = new ModelMixture(model, ngrams, cacheWords > 0 ? new MixtureCache(cacheWords, halfLife) : null, weights);
        List<string[]> sentences = NgramTexts.Sentences(40, seed: 9);
        string text = _texts.Text(sentences, "test");
        PerplexityResult result = PerplexityEvaluation.Run(model, text, mixture, _texts.In("words"));

        using var alone = new SentenceScorer(model);
        var past = new List<string>();
        var lines = new Queue<string>(File.ReadAllLines(_texts.In("words")));
        double sum = 0;
        foreach (string[] sentence in sentences)
        {
            string[] all = after == 0 ? [.. sentence, "</s>"] : sentence;
            for (int i = 0; i < all.Length; i++)
            {
                double p = weights[0] * ModelProbability(model, sentence, i)
                    + (weights[1] * Math.Exp(ngrams.LogProbability([ngrams.Start, .. sentence.Take(i).Select(ngrams.Find)], ngrams.Find(all[i]))));
                string[] cache = [.. past.TakeLast(cacheWords)];
                if (cacheWords > 0)
                    p += weights[2] * (cache.Length == 0 ? 1.0 / Letters.Length : Share(cache, all[i], halfLife));
                past.Add(all[i]);
                sum += Math.Log(p);
                string[] line = lines.Dequeue().Split('\t');
                Assert.Equal(all[i], line[0]);
                Assert.Equal(Math.Log(p), double.Parse(line[1], CultureInfo.InvariantCulture), 2e-5);
            }

            if (after > 0)
                Assert.Equal("", lines.Dequeue());
        }

        Assert.Empty(lines);
        Assert.Equal(Math.Exp(-sum / past.Count), result.Perplexity, 1e-4);
        Assert.Equal(weights, result.Parts.Select(p => p.Weight));
        Assert.Equal(PerplexityEvaluation.Run(model, text).Perplexity, result.Parts[0].Perplexity, 1e-9);
        Assert.Equal("n-gram", result.Parts[1].Name);
    }

    // The words that the n-gram model lacks share the probability of its <unk>.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mixture_sums_to_one_over_the_vocabulary(bool lacks)
    {
        using LanguageModel model = Model(lacks ? [.. Letters, "new", "newer"] : Letters), counted = Model(Letters);
        NgramModel ngrams = Ngrams(counted);
        var mixture = new ModelMixture(model, ngrams, new MixtureCache(5, 3), [0, 0.7, 0.3]);
        int[] history = [.. new[] { "a", "c", "b", "a", "g", "<unk>", "d" }.Select(model.Vocabulary.Find)];
        for (int length = 0; length <= history.Length; length++)
        {
            double sum = 0;
            for (int word = 0; word < model.Shape.Words; word++)
            {
                var cursor = new MixtureCursor(mixture);
                cursor.Start([]);
                cursor.StartSentence();
                foreach (int before in history[..length])
                    cursor.Next(before, -1);
                sum += Math.Exp(cursor.Next(word, -1));
            }

            Assert.Equal(1, sum, 1e-6);
        }
    }

    [Fact]
    public void The_result_does_not_depend_on_the_threads()
    {
        using LanguageModel model = Model(Letters);
        NgramModel ngrams = Ngrams(model);
        string text = _texts.Text(NgramTexts.Sentences(6000, seed: 10), "test"); // several chunks
        ModelMixture one = ModelMixture.Fit(model, ngrams, new MixtureCache(300, 50), text, threads: 1), four = ModelMixture.Fit(model, ngrams, new MixtureCache(300, 50), text, threads: 4);
        Assert.Equal(one.Weights, four.Weights);
        PerplexityResult first = PerplexityEvaluation.Run(model, text, one, _texts.In("one"), threads: 1), second = PerplexityEvaluation.Run(model, text, four, _texts.In("four"), threads: 4);
        Assert.Equal(first.Perplexity, second.Perplexity);
        Assert.Equal(File.ReadAllBytes(_texts.In("one")), File.ReadAllBytes(_texts.In("four")));
    }

    [Fact]
    public void Fitted_weights_are_better_than_others_and_the_likelihood_never_falls()
    {
        using LanguageModel model = Model(Letters);
        NgramModel ngrams = Ngrams(model);
        string text = _texts.Text(NgramTexts.Sentences(300, seed: 11), "valid");
        ModelMixture fitted = ModelMixture.Fit(model, ngrams, new MixtureCache(40), text);
        double best = PerplexityEvaluation.Run(model, text, fitted, null).Perplexity;
        Assert.Equal(1, fitted.Weights.Sum(), 1e-9);
        for (int from = 0; from < 3; from++)
        {
            for (int to = 0; to < 3; to++)
            {
                if (from == to)
                    continue;
                double[] other = [.. fitted.Weights];
                double moved = Math.Min(0.02, other[from]);
                (other[from], other[to]) = (other[from] - moved, other[to] + moved);
                Assert.True(PerplexityEvaluation.Run(model, text, new ModelMixture(model, ngrams, new MixtureCache(40), other), null).Perplexity >= best - 1e-6);
            }
        }
    }

    // Each observation comes from one of three distributions over four words, with known weights.
    [Fact]
    public void Known_weights_are_recovered()
    {
        double[][] parts = [[0.7, 0.1, 0.1, 0.1], [0.1, 0.2, 0.3, 0.4], [0.05, 0.8, 0.1, 0.05]];
        double[] weights = [0.5, 0.2, 0.3];
        var random = new Random(1);
        var fit = new MixtureWeights(3);
        const int Draws = 60_000;
        var words = new int[Draws];
        var logs = new List<double>();
        for (int i = 0; i < Draws; i++)
        {
            double[] part = parts[Draw(weights)];
            words[i] = Draw(part);
            logs.AddRange(parts.Select(p => Math.Log(p[words[i]])));
        }

        fit.Add(new ChunkPredictions(words, [], logs.ToArray(), []));
        double[] found = fit.Fit();
        Assert.All(fit.Likelihoods.Zip(fit.Likelihoods.Skip(1)), pair => Assert.True(pair.Second >= pair.First - 1e-12));
        for (int i = 0; i < 3; i++)
            Assert.Equal(weights[i], found[i], 0.02);

        int Draw(double[] p)
        {
            double at = random.NextDouble();
            int i = 0;
            for (; i < p.Length - 1 && at >= p[i]; i++)
                at -= p[i];
            return i;
        }
    }

    [Fact]
    public void A_scorer_gives_each_sentence_a_cache_of_its_own()
    {
        using LanguageModel model = Model(Letters);
        NgramModel ngrams = Ngrams(model);
        var mixture = new ModelMixture(model, ngrams, new MixtureCache(10, 4, CacheScope.Sentence), [0.3, 0.3, 0.4]);
        List<string[]> sentences = NgramTexts.Sentences(20, seed: 12);
        string text = _texts.Text(sentences, "test");
        PerplexityResult result = PerplexityEvaluation.Run(model, text, mixture, null);
        using var scorer = new SentenceScorer(model, mixture);
        double sum = sentences.Sum(s => scorer.Score(model.Encode(string.Join(' ', s))));
        Assert.Equal(Math.Log(result.Perplexity), -sum / result.Tokens, 1e-6);
        Assert.Throws<ArgumentException>(() => new SentenceScorer(model, new ModelMixture(model, ngrams, new MixtureCache(10), [0.3, 0.3, 0.4])));

        string table = _texts.Write("table", "1\tx\ta\ta b\tc d\ta\tb\n2\tx\tb\tc b\tc d\tf\tg\n3\tx\tb\t\tb a\te\tg\n");
        CompletionResult completed = CompletionEvaluation.Run(model, table, mixture: mixture);
        int right = new[] { ("a b", "c d", "a", "b", 0), ("c b", "c d", "f", "g", 1), ("", "b a", "e", "g", 1) }
            .Count(q => (scorer.Score(model.Encode($"{q.Item1} {q.Item4} {q.Item2}")) > scorer.Score(model.Encode($"{q.Item1} {q.Item3} {q.Item2}")) ? 1 : 0) == q.Item5);
        Assert.Equal((3, right), (completed.Questions, completed.Correct));
    }

    [Fact]
    public void Models_of_different_vocabularies_are_refused()
    {
        using LanguageModel model = Model(Letters), smaller = Model([.. Letters.Except(["c", "d"])]), open = Model([.. Letters[..^1]], closed: false), other = Model([.. Letters, "new"]);
        NgramModel ngrams = Ngrams(model);
        AssertRefused("has 2 words that the language model lacks, 'c' first", smaller, ngrams);
        AssertRefused("predicts <unk>", open, ngrams);
        NgramModel without = Ngrams(open);
        AssertRefused("lacks 2 of 10 words of the language model, '<unk>' first", other, without);
        Assert.Equal(0.5, new ModelMixture(open, without, null, [0.5, 0.5]).Weights[1]);
        AssertRefused("no word </s>", model, NgramModel.Load(_texts.Write("m.arpa", "\\data\\\nngram 1=2\n\\1-grams:\n-1\ta\n-1\t<unk>\n\\end\\\n")));

        void AssertRefused(string expected, LanguageModel against, NgramModel mixed) =>
            Assert.Contains(expected, Assert.Throws<NceFastException>(() => new ModelMixture(against, mixed, null, [0.5, 0.5])).Message);
    }

    [Fact]
    public void Wrong_weights_are_refused()
    {
        using LanguageModel model = Model(Letters);
        foreach (double[] weights in (double[][])[[1], [0.5, 0.4], [1.5, -0.5], [double.NaN, 1], [0.2, 0.2, 0.6]])
            Assert.Contains("ModelMixture.Weights", Assert.Throws<NceFastException>(() => new ModelMixture(model, null, new MixtureCache(10), weights)).Members);
        Assert.Contains("nothing to mix with", Assert.Throws<NceFastException>(() => new ModelMixture(model, null, null, [1])).Message);
        Assert.Contains("MixtureCache.Words", Assert.Throws<NceFastException>(() => new ModelMixture(model, null, new MixtureCache(0), [0.5, 0.5])).Members);
        Assert.Contains("MixtureCache.HalfLife", Assert.Throws<NceFastException>(() => new ModelMixture(model, null, new MixtureCache(10, 0.5), [0.5, 0.5])).Members);
    }

    // Weights of words by their age, 2^(-age / half-life).
    private static double Share(string[] cache, string word, int halfLife)
    {
        double[] weights = [.. cache.Select((_, i) => halfLife == 0 ? 1 : Math.Pow(2, (i + 1.0 - cache.Length) / halfLife))];
        return weights.Where((_, i) => cache[i] == word).Sum() / weights.Sum();
    }

    private NgramModel Ngrams(LanguageModel model)
    {
        string text = _texts.Text(NgramTexts.Sentences(100, seed: 8), "train"), name = $"{Guid.NewGuid():N}.arpa";
        _texts.Count(text, name, 3, vocabulary: model.Vocabulary, special: model.Shape.Unknown < 0 ? SpecialWordsMode.Open : SpecialWordsMode.Closed);
        return NgramModel.Load(_texts.In(name));
    }

    private static double ModelProbability(LanguageModel model, string[] sentence, int at)
    {
        int[] ids = [.. sentence.Select(model.IdOf)];
        double[] p = Backends.LanguageReference.Flatten(model.Parameters);
        var reference = new Backends.LanguageReference(model.Shape, 1);
        var plan = new LanguageModelPlan(model.Shape);
        plan.Add(ids);
        double[] h = reference.Hidden(p, plan.Stream, plan.Targets[at]);
        return Math.Exp(reference.Score(p, h, plan.Stream[plan.Targets[at]]) - reference.ExactLogZ(p, h));
    }

    private static LanguageModel Model(string[] words, bool closed = true, int after = 0)
    {
        var list = new WordList.Builder();
        foreach (string word in words)
            list.Add(word);
        long[] counts = [.. words.Select((_, i) => 10L + i)];
        var shape = new LanguageModelShape(words.Length, 6, 2, after, PlaceWeightKind.Full, false, Array.IndexOf(words, "</s>"), closed ? Array.IndexOf(words, "<unk>") : -1);
        var parameters = new LanguageModelParameters(shape);
        parameters.Initialize(4, counts, 0.7f);
        return new LanguageModel(new Vocabulary(list.Build(), counts), parameters);
    }
}
