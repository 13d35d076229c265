using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Complete trainings on a small language whose entropy is known.</summary>
public sealed class LanguageModelTrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ncefast-lmt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rate_is_halved_when_validation_stops_falling_and_the_best_is_kept()
    {
        var schedule = new HalvingSchedule(0.8);
        Assert.True(schedule.Next(200));
        Assert.True(schedule.Next(150));
        Assert.Equal(0.8, schedule.Rate);
        Assert.False(schedule.Next(151)); // worse
        Assert.Equal((0.4, 150), (schedule.Rate, schedule.Best));
        Assert.True(schedule.Next(149.9)); // better, but by too little
        Assert.Equal((0.2, 149.9), (schedule.Rate, schedule.Best));
        Assert.True(schedule.Next(120)); // a gain restarts the count
        Assert.Equal(0.2, schedule.Rate);
        Assert.False(schedule.Next(double.NaN));
        Assert.False(schedule.Next(120));
        Assert.False(schedule.IsOver);
        Assert.False(schedule.Next(120));
        Assert.True(schedule.IsOver);
    }

    private sealed class Last : IProgress<TrainingProgress>
    {
        public TrainingProgress Value { get; private set; }

        public void Report(TrainingProgress value) => Value = value;
    }

    [Theory]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1, RateSchedule.Linear, 0.03)]
    [InlineData(ObjectiveKind.Nce, 1, RateSchedule.Linear, 0.1)]
    [InlineData(ObjectiveKind.Nce, 12, RateSchedule.Halving, 0.1)]
    [InlineData(ObjectiveKind.Nce, 1, RateSchedule.AdaGrad, 0.1)]
    [InlineData(ObjectiveKind.ImportanceSampling, 1, RateSchedule.Linear, 0.03)]
    [InlineData(ObjectiveKind.RankingNce, 1, RateSchedule.Linear, 0.1)]
    [InlineData(ObjectiveKind.RankingNce, 8, RateSchedule.AdaGrad, 0.1)]
    public void Perplexity_comes_near_the_entropy_of_the_language(ObjectiveKind objective, int sharing, RateSchedule schedule, double rate)
    {
        string train = Text("train", 3000, 1, out _), valid = Text("valid", 300, 2, out double entropy);
        var options = new LanguageModelOptions
        {
            Objective = objective,
            NoiseSharing = sharing,
            Schedule = schedule,
            LearningRate = rate,
            PlaceRate = 0.05,
            WeightDecay = 0,
            Dim = 16,
            K = objective == ObjectiveKind.ImportanceSampling ? 100 : 10,
            Epochs = 8,
            Before = 1,
            Threads = 1,
            Batch = 60,
            Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
        };
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(train), valid);
        (LanguageModel model, TrainingReport report) = (trained.Model, trained.Report);
        using (model)
        {
            PerplexityResult result = PerplexityEvaluation.Run(model, valid);
            double truth = Math.Exp(entropy), unigram = Unigram(model.Vocabulary);
            Assert.True(truth * 1.5 < unigram);
            Assert.InRange(result.Perplexity, truth * 0.98, truth * (objective == ObjectiveKind.MaximumLikelihood ? 1.03 : 1.1));
            Assert.Equal(report.Epochs[report.BestEpoch].Validation!.Perplexity, result.Perplexity, 1e-6 * result.Perplexity);
            Assert.Equal(report.Epochs.Min(e => e.Validation!.Perplexity), result.Perplexity, 1e-6 * result.Perplexity);
            if (objective == ObjectiveKind.Nce)
                Assert.True(result.LogZMean < 0.3, $"mean |log Z| {result.LogZMean}");
        }
    }

    // The distribution of the text is known, so all three ways must find it and its normaliser.
    [Fact]
    public void The_time_of_validation_is_not_part_of_training()
    {
        string text = Path.Combine(_folder, "t");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("a b c a b\n", 2000)));
        var options = new LanguageModelOptions { Dim = 4, K = 2, Epochs = 3, Threads = 1, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        var last = new Last();
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(text), text, last);
        TrainingReport report = trained.Report;
        double training = last.Value.Words / last.Value.WordsPerSecond;
        Assert.InRange(training, report.TrainingSeconds, last.Value.Elapsed.TotalSeconds - report.ValidationSeconds);
    }

    [Fact]
    public void The_three_normalisers_come_to_the_same_distribution()
    {
        string train = Text("train", 6000, 1, out _), valid = Text("valid", 300, 2, out double entropy);
        foreach (NormalizerKind normalizer in Enum.GetValues<NormalizerKind>())
        {
            var options = new LanguageModelOptions
            {
                Normalizer = normalizer,
                LearningRate = 0.1,
                PlaceRate = 0.05,
                WeightDecay = 0,
                Dim = 16,
                K = 25,
                Epochs = 8,
                Before = 1,
                Threads = 1,
                Batch = 60,
                Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
            };
            using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(train));
            LanguageModel model = trained.Model;
            using (model)
            {
                PerplexityResult result = PerplexityEvaluation.Run(model, valid);
                Assert.InRange(result.Perplexity, Math.Exp(entropy) * 0.98, Math.Exp(entropy) * 1.05);
                Assert.True(result.LogZMean < 0.1, $"{normalizer}: mean |log Z| {result.LogZMean}");
                Assert.Equal(normalizer == NormalizerKind.Fixed, model.Parameters.LogZ.All(z => z == 0));
            }
        }
    }

    [Fact]
    public void The_time_of_an_exact_softmax_over_many_words_is_reported_before_it_begins()
    {
        string path = Path.Combine(_folder, "many");
        File.WriteAllText(path, string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"a{i} b{i} c{i} d{i} e{i}")));
        using var stop = new CancellationTokenSource();
        var options = new LanguageModelOptions { Objective = ObjectiveKind.MaximumLikelihood, Dim = 300, Device = "host", Threads = 1, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        var logger = new Forecast(stop);
        Assert.Throws<OperationCanceledException>(() => new LanguageModelTrainer(options, logger: logger).Train(CorpusSource.FromPaths(path), null, null, stop.Token));
        Assert.Contains("minutes per epoch", logger.Text, StringComparison.Ordinal);
    }

    // Stops the training at the forecast, which must come before the first epoch, because an epoch would take minutes.
    private sealed class Forecast(CancellationTokenSource stop) : ILogger
    {
        public string Text { get; private set; } = "";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning)
                return;
            Text += formatter(state, exception);
            stop.Cancel();
        }
    }

    [Fact]
    public void Unknown_words_are_an_entry_of_a_closed_vocabulary_and_absent_from_an_open_one()
    {
        string path = Path.Combine(_folder, "t");
        File.WriteAllText(path, "a b rare1 a\nb a rare2\n\n<unk> b b\n");
        foreach (CacheMode cache in (CacheMode[])[CacheMode.Always, CacheMode.Never])
        {
            foreach (bool closed in (bool[])[true, false])
            {
                var options = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 }, SpecialWords = closed ? SpecialWordsMode.Closed : SpecialWordsMode.Open, Cache = cache };
                using PreparedCorpus corpus = PreparedCorpus.Prepare(CorpusSource.FromPaths(path), options, 1, 2);
                Vocabulary v = corpus.Vocabulary;
                Assert.Equal(3, v.Counts[v.Find("</s>")]);
                Assert.Equal(closed ? 4 : 3, v.Count);
                if (closed)
                    Assert.Equal(3, v.Counts[v.Find("<unk>")]); // two rare words, and a literal one that is too rare for an entry of its own
                using var block = new TokenBlock();
                using IBlockReader reader = corpus.Blocks.Open(0, 1)[0];
                Assert.True(reader.TryRead(block));
                string text = string.Join(' ', block.Ids.ToArray().Select(v.Words.GetString));
                Assert.Equal(closed ? "a b <unk> a b a <unk> <unk> b b" : "a b a b a b b", text);
                Assert.Equal(closed ? [4, 7, 10] : [3, 5, 7], block.SentenceEnds.ToArray());
            }
        }
    }

    [Fact]
    public void Divergence_is_reported()
    {
        string path = Text("d", 500, 1, out _);
        var options = new LanguageModelOptions { LearningRate = 10, PlaceRate = 10, Schedule = RateSchedule.Linear, Epochs = 2, Dim = 8, Threads = 1 };
        Assert.Contains("TrainingOptions.LearningRate", Assert.Throws<NceFastException>(() => new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(path), null)).Message);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Refused(new LanguageModelOptions { Before = 0 });
        Refused(new LanguageModelOptions { K = 0 });
        Refused(new LanguageModelOptions { SelfNormalization = 0.1 });
        Refused(new LanguageModelOptions { NoiseSetSize = 100_000, Batch = 65_536 });
        Refused(new LanguageModelOptions { Schedule = RateSchedule.Halving }); // halving without a validation text

        void Refused(LanguageModelOptions options)
        {
            string path = Text("r", 3, 1, out _);
            Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(path), null)).Kind);
        }
    }

    [Theory]
    [InlineData(2, 12, 12)] // a pull of 12 * 0.1 * 25 / 64 = 0.47
    [InlineData(2, 2000, 12)]
    [InlineData(32, 2000, 25)] // the rate is 0.0125, so the bound is an eighth
    public void Sets_shared_by_too_many_predictions_are_shared_by_fewer(int places, int asked, int shared)
    {
        var words = new WordList.Builder();
        foreach (string word in Enumerable.Range(0, 5000).Select(i => $"w{i}").Append(SpecialWords.EndOfSentence).Append(SpecialWords.Unknown))
            words.Add(word);
        var vocabulary = new Vocabulary(words.Build(), [.. Enumerable.Repeat(20L, 5002)]);
        var options = new LanguageModelOptions { Before = places, PlaceWeights = PlaceWeightKind.Full, NoiseSharing = asked, LearningRate = 0.1 };
        Assert.Equal(shared, options.ToSpec(vocabulary).Sharing);
    }

    // A Markov chain over 12 words; the entropy is that of this text under the true distribution.
    private string Text(string name, int sentences, int seed, out double entropy)
    {
        var law = new Random(99);
        double[][] next = [.. Enumerable.Range(0, 13).Select(_ => Row(law))];
        var random = new Random(seed);
        var text = new System.Text.StringBuilder();
        double logP = 0;
        int tokens = 0;
        for (int s = 0; s < sentences; s++)
        {
            int state = 12;
            while (true)
            {
                double[] row = next[state];
                double rest = random.NextDouble();
                int word = 0;
                while (word < 12 && (rest -= row[word]) >= 0)
                    word++;
                if (state == 12 && word == 12)
                    continue; // no empty sentences
                logP += Math.Log(row[word] / (state == 12 ? 1 - row[12] : 1));
                tokens++;
                if (word == 12)
                    break;
                text.Append('w').Append(word).Append(' ');
                state = word;
            }

            text.Append('\n');
        }

        entropy = -logP / tokens;
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text.ToString());
        return path;
    }

    private static double[] Row(Random law)
    {
        double[] weights = [.. Enumerable.Range(0, 13).Select(_ => Math.Pow(law.NextDouble(), 6) + 0.002)];
        weights[12] = 0.15 * weights.Sum();
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private static double Unigram(Vocabulary v)
    {
        double sum = 0, total = v.TotalWords;
        foreach (long count in v.Counts)
            sum -= count / total * Math.Log(count / total);
        return Math.Exp(sum);
    }
}
