using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Store;
using NceFast.Tests.Backends;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Evaluation;

/// <summary>Compares the evaluation of language models with simple sums in double precision.</summary>
public sealed class LanguageModelEvaluationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ncefast-lm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(PlaceWeightKind.Full, 0, 1)]
    [InlineData(PlaceWeightKind.Diagonal, 0, 3)]
    [InlineData(PlaceWeightKind.None, 2, 2)]
    public void Perplexity_equals_a_plain_sum_over_the_vocabulary(PlaceWeightKind position, int after, int threads)
    {
        using LanguageModel model = Model(position, after, words: 300);
        string text = Text(model, 70, out List<int[]> sentences, out int words, out int unknown);
        PerplexityResult result = PerplexityEvaluation.Run(model, text, threads);

        double[] p = LanguageReference.Flatten(model.Parameters);
        var reference = new LanguageReference(model.Shape, 1);
        var plan = new LanguageModelPlan(model.Shape);
        foreach (int[] sentence in sentences)
            plan.Add(sentence);
        List<double> logZ = [];
        double logP = 0, score = 0, knownLogP = 0;
        int known = 0;
        foreach (int at in plan.Targets)
        {
            double[] h = reference.Hidden(p, plan.Stream, at);
            double z = reference.ExactLogZ(p, h), s = reference.Score(p, h, plan.Stream[at]);
            logP += s - z;
            if (plan.Stream[at] != model.Shape.Unknown)
                (knownLogP, known) = (knownLogP + s - z, known + 1);
            score += s - p[reference.LogZAt(0)];
            logZ.Add(Math.Abs(z - p[reference.LogZAt(0)]));
        }

        int expectedTokens = sentences.Sum(s => s.Length) + (after == 0 ? sentences.Count : 0);
        Assert.Equal((expectedTokens, words), (result.Tokens, result.Words));
        Assert.Equal(unknown / (double)words, result.OovRate, 12);
        AssertClose(Math.Exp(-logP / expectedTokens), result.Perplexity);
        Assert.InRange(known, 1, expectedTokens - 1);
        AssertClose(Math.Exp(-knownLogP / known), result.KnownPerplexity);
        AssertClose(Math.Exp(-score / expectedTokens), result.UnnormalizedPerplexity);
        double mean = logZ.Average();
        AssertClose(mean, result.LogZMean);
        AssertClose(logZ.Max(), result.LogZMax);
        Assert.Equal(Math.Sqrt(logZ.Average(z => (z - mean) * (z - mean))), result.LogZStd, 1e-5);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        using LanguageModel model = Model(PlaceWeightKind.Diagonal, 0, 50);
        string text = Text(model, 2_000, out _, out _, out _);
        PerplexityResult expected = PerplexityEvaluation.Run(model, text, 1);
        Assert.True(expected.Tokens > 100_000); // many chunks
        for (int threads = 2; threads < 8; threads++)
            Assert.Equal(expected with { Seconds = 0 }, PerplexityEvaluation.Run(model, text, threads) with { Seconds = 0 });
    }

    [Fact]
    public void The_sum_of_scores_equals_what_the_evaluator_measures()
    {
        using LanguageModel model = Model(PlaceWeightKind.Full, 0, words: 150);
        string text = Text(model, 30, out List<int[]> sentences, out _, out _);
        PerplexityResult result = PerplexityEvaluation.Run(model, text, 1);
        using var scorer = new SentenceScorer(model);
        AssertClose(Math.Log(result.Perplexity) * result.Tokens, -sentences.Sum(s => scorer.LogProbability(s)));
        AssertClose(Math.Log(result.UnnormalizedPerplexity) * result.Tokens, -sentences.Sum(s => scorer.Score(s)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(131)]
    [InlineData(400)]
    public void Streamed_softmax_equals_the_dense_one(int words)
    {
        using LanguageModel model = Model(PlaceWeightKind.Diagonal, 0, words);
        var plan = new LanguageModelPlan(model.Shape);
        plan.Add([0, Math.Min(3, words - 1), words - 1]);
        double[] p = LanguageReference.Flatten(model.Parameters);
        var reference = new LanguageReference(model.Shape, 1);
        foreach (string name in HostKernelCatalog.Usable)
        {
            HostKernels kernels = HostKernelCatalog.Create(name);
            using var batch = new PredictionBatch(kernels, model.Parameters, 13);
            using var softmax = new VocabularySoftmax(kernels, model.Parameters, 13);
            batch.Load(plan.Stream, plan.Targets);
            softmax.Normalize(batch);
            for (int b = 0; b < batch.Count; b++)
                AssertClose(reference.ExactLogZ(p, reference.Hidden(p, plan.Stream, plan.Targets[b])), softmax.LogZ[b]);
        }
    }

    [Fact]
    public void A_model_is_read_back_and_damage_is_found()
    {
        using LanguageModel model = Model(PlaceWeightKind.Full, 1, words: 40);
        string path = Path.Combine(_folder, "m.lm");
        model.Save(path);
        using (LanguageModel loaded = LanguageModel.Load(path))
        {
            Assert.Equal(model.Shape, loaded.Shape);
            Assert.Equal(LanguageReference.Flatten(model.Parameters), LanguageReference.Flatten(loaded.Parameters));
            Assert.Equal(Enumerable.Range(0, 40).Select(model.Vocabulary.Words.GetString), Enumerable.Range(0, 40).Select(loaded.Vocabulary.Words.GetString));
            Assert.Equal(model.Vocabulary.Counts.ToArray(), loaded.Vocabulary.Counts.ToArray());
        }

        byte[] good = File.ReadAllBytes(path);
        foreach (int at in (int[])[0, 8, 12, 40, 200, good.Length / 2, good.Length - 20, good.Length - 1])
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x41;
            File.WriteAllBytes(path, bad);
            Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => LanguageModel.Load(path)).Kind);
            File.WriteAllBytes(path, good[..at]);
            Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => LanguageModel.Load(path)).Kind);
        }
    }

    [Fact]
    public void Completion_chooses_the_option_that_scores_best()
    {
        using LanguageModel model = Model(PlaceWeightKind.Full, 0, words: 60);
        using var scorer = new SentenceScorer(model);
        string[] options = ["w1", "w2", "w3", "w4", "w5"];
        int best = Enumerable.Range(0, 5).MaxBy(i => scorer.Score(model.Encode($"w9 w8 {options[i]} w7 .")));
        string path = Path.Combine(_folder, "t.tsv"), head = "id\tsplit\tanswer\tleft\tright\ta\tb\tc\td\te\n", row = $"w9 w8\tw7 .\t{string.Join('\t', options)}\n";
        File.WriteAllText(path, $"{head}1\tx\t{(char)('a' + best)}\t{row}2\ty\t{(char)('a' + ((best + 1) % 5))}\t{row}");
        CompletionResult result = CompletionEvaluation.Run(model, path);
        Assert.Equal((2, 1, 0.5, 2), (result.Questions, result.Correct, result.Accuracy, result.Splits.Count));
        File.WriteAllText(path, $"{head}1\tx\tf\t{row}");
        Assert.Contains("line 2", Assert.Throws<NceFastException>(() => CompletionEvaluation.Run(model, path)).Message);
    }

    [Fact]
    public void Generated_words_follow_the_distribution()
    {
        using LanguageModel model = Model(PlaceWeightKind.Full, 0, words: 12);
        var counts = new double[12];
        using var generator = new TextGenerator(model);
        const int Draws = 20_000;
        for (int i = 0; i < Draws; i++)
        {
            string word = generator.Generate("w1", maxWords: 2, allowUnknown: true);
            counts[word.Length > 3 || word == "w1" ? (word == "w1" ? model.Shape.EndOfSentence : model.IdOf(word[3..])) : 0]++;
        }

        double[] p = LanguageReference.Flatten(model.Parameters);
        var reference = new LanguageReference(model.Shape, 1);
        double[] h = reference.Hidden(p, [model.Shape.StartOfSentence, model.IdOf("w1"), 0], 2);
        double z = reference.ExactLogZ(p, h);
        for (int w = 0; w < 12; w++)
            Assert.Equal(Math.Exp(reference.Score(p, h, w) - z), counts[w] / Draws, 0.015);
    }

    [Fact]
    public void Empty_text_and_looking_ahead_are_refused()
    {
        string path = Path.Combine(_folder, "empty");
        File.WriteAllText(path, "\n \n");
        using LanguageModel model = Model(PlaceWeightKind.Full, 1, words: 20);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => PerplexityEvaluation.Run(model, path)).Kind);
        Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => new TextGenerator(model)).Kind);
    }

    // The words are w0, w1 and so on. The last two ids are <unk> and </s>.
    private static LanguageModel Model(PlaceWeightKind position, int after, int words)
    {
        var list = new WordList.Builder();
        for (int i = 0; i < words; i++)
            list.Add(i == words - 1 ? SpecialWords.EndOfSentence : i == words - 2 ? SpecialWords.Unknown : i == words - 3 ? "." : $"w{i}");
        long[] counts = [.. Enumerable.Range(0, words).Select(i => 1 + (1000L / (i + 1)))];
        var shape = new LanguageModelShape(words, 10, 2, after, position, false, words - 1, words - 2);
        var parameters = new LanguageModelParameters(shape);
        parameters.Initialize(3, counts, 0.8f);
        parameters.LogZ[0] = 0.3f;
        return new LanguageModel(new Vocabulary(list.Build(), counts), parameters);
    }

    private string Text(LanguageModel model, int lines, out List<int[]> sentences, out int words, out int unknown)
    {
        var random = new Random(5);
        sentences = [];
        (words, unknown) = (0, 0);
        var text = new System.Text.StringBuilder();
        for (int line = 0; line < lines; line++)
        {
            int length = line % 9 == 4 ? 0 : random.Next(1, 1300 / (1 + (line % 7 * 100)) + 2); // Some are longer than the longest sentence of a token block.
            var ids = new List<int>();
            for (int i = 0; i < length; i++)
            {
                bool isUnknown = random.Next(10) == 0;
                int id = random.Next(model.Shape.Words - 3);
                text.Append(isUnknown ? "zzz" : model.Vocabulary.Words.GetString(id)).Append(random.Next(5) == 0 ? "\t " : " ");
                ids.Add(isUnknown ? model.Shape.Unknown : id);
                unknown += isUnknown ? 1 : 0;
            }

            words += length;
            text.Append('\n');
            if (length > 0)
                sentences.Add([.. ids]);
        }

        string path = Path.Combine(_folder, "text");
        File.WriteAllText(path, text.ToString());
        return path;
    }

    private static void AssertClose(double expected, double actual) => Assert.Equal(expected, actual, 2e-5 * (1 + Math.Abs(expected)));
}
