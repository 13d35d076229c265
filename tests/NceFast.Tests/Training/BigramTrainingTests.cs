using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Tests.Corpus;
using NceFast.Tests.Distribution;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Trainings with noise that depends on the previous word.</summary>
public sealed class BigramTrainingTests : IDisposable
{
    private static readonly LanguageModelOptions Small = new()
    {
        Noise = NoiseKind.Bigram,
        Dim = 9,
        K = 5,
        Epochs = 2,
        Threads = 1,
        Batch = 64,
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } },
    };

    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1, CacheMode.Always, true)]
    [InlineData(3, CacheMode.Never, true)]
    [InlineData(3, CacheMode.Always, false)]
    public void Counts_equal_those_of_the_text(int threads, CacheMode cache, bool closed)
    {
        LanguageModelOptions options = Small with { ClosedVocabulary = closed };
        CorpusSource source = Source(Text(20_000));
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, Prepared(options, cache), threads, 2);
        BigramCounts counts = Count(options, corpus, threads, new SoloCommunicator());
        Dictionary<(string, string), long> expected = Expected(File.ReadAllLines(_files.Write("again", Lines(20_000))), corpus.Vocabulary, closed);
        Assert.Equal(expected.Values.Sum(), counts.Occurrences.Sum());
        var found = new Dictionary<(string, string), long>();
        for (int u = 0; u < counts.Rows; u++)
        {
            for (int i = counts.Starts[u]; i < counts.Starts[u + 1]; i++)
                found[(u == corpus.Vocabulary.Count ? "<s>" : corpus.Vocabulary.Words.GetString(u), corpus.Vocabulary.Words.GetString(counts.Words[i]))] = counts.Counts[i];
        }

        Assert.Equal(expected.Where(b => b.Value > 1).OrderBy(b => b.Key), found.OrderBy(b => b.Key));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranks_count_together(int size)
    {
        string text = Text(20_000);
        using PreparedCorpus whole = PreparedCorpus.Prepare(Source(text), Prepared(Small, CacheMode.Never), 1, 2);
        BigramCounts expected = Count(Small, whole, 1, new SoloCommunicator());
        var results = RankThreads.Run(size, ranks =>
        {
            using PreparedCorpus part = PreparedCorpus.Prepare(Source(text).TakePart(ranks.Rank, ranks.Size), Prepared(Small, CacheMode.Never) with { Ranks = new CountingTogether(ranks, size) }, 1, 2);
            return Count(Small, part, 1 + ranks.Rank, ranks);
        });
        foreach ((BigramCounts? counts, Exception? error) in results)
        {
            Assert.Null(error);
            Assert.Equal(expected.Starts, counts!.Starts);
            Assert.Equal(expected.Words, counts.Words);
            Assert.Equal(expected.Counts, counts.Counts);
            Assert.Equal(expected.Occurrences, counts.Occurrences);
        }
    }

    [Fact]
    public void Ranks_train_with_one_noise()
    {
        string text = Text(60_000), valid = _files.Write("valid", Lines(6000, seed: 5));
        LanguageModelOptions options = Small with { Epochs = 4, Before = 1, Sync = new SyncOptions { Period = 20_000 } };
        using TrainedLanguageModel alone = new LanguageModelTrainer(options).Train(Source(text));
        double expected = PerplexityEvaluation.Run(alone.Model, valid).Perplexity;
        var results = RankThreads.Run(2, ranks => new LanguageModelTrainer(options, ranks: ranks).Train(Source(text)));
        Assert.All(results, r => Assert.Null(r.Error));
        double[] perplexities = [.. results.Select(r => PerplexityEvaluation.Run(r.Result!.Model, valid).Perplexity)];
        Assert.Equal(perplexities[0], perplexities[1], 1e-9 * perplexities[0]);
        Assert.InRange(perplexities[0], 0, 1.15 * expected);
        Array.ForEach(results, r => r.Result!.Dispose());
    }

    [Fact]
    public void A_training_starts_from_a_model_with_bigrams_of_its_own_text()
    {
        string text = Text(20_000), further = _files.Write("further", Lines(10_000, seed: 7)), path = Path.Combine(_files.Folder, "model.lbl");
        using (TrainedLanguageModel first = new LanguageModelTrainer(Small).Train(Source(text)))
            first.Model.Save(path);
        LanguageModelOptions options = Small with { Epochs = 1 };
        using TrainedLanguageModel continued = new LanguageModelTrainer(options with { From = path }).Train(Source(further)), alone = new LanguageModelTrainer(options).Train(Source(further));
        Assert.InRange(continued.Report.Loss, 0, 0.95 * alone.Report.Loss);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.3)]
    public void The_loss_before_training_is_known(double weight)
    {
        LanguageModelOptions options = Small with { BigramWeight = weight, LearningRate = 1e-8, Epochs = 1, WeightDecay = 0 };
        using PreparedCorpus corpus = PreparedCorpus.Prepare(Source(Text(20_000)), Prepared(options, CacheMode.Never), 1, 2);
        LanguageModelSpec spec = options.ToSpec(corpus.Vocabulary, bigrams: Count(options, corpus, 1, new SoloCommunicator()));
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(Source(Text(20_000)));
        double expected = UntrainedLoss.Of(spec, corpus.Vocabulary.Counts);
        Assert.Equal(expected, trained.Report.Loss, 0.1 * expected);
    }

    [Fact]
    public void A_file_of_the_same_counts_gives_the_same_model()
    {
        string text = Text(20_000);
        using PreparedCorpus corpus = PreparedCorpus.Prepare(Source(text), Prepared(Small, CacheMode.Never), 1, 2);
        Dictionary<(string, string), long> counts = Expected(File.ReadAllLines(text), corpus.Vocabulary, closed: true);
        string file = _files.Write("bigrams", string.Concat(counts.Select(b => $"{b.Key.Item1} {b.Key.Item2} {b.Value}\n")));
        Assert.Equal(Train(Small, text), Train(Small with { BigramCounts = file }, text));
        Assert.NotEqual(Train(Small, text), Train(Small with { Noise = NoiseKind.Unigram }, text));
        Assert.Equal(Train(Small with { BigramWeight = 0 }, text), Train(Small with { BigramWeight = 0, BigramCounts = file }, text));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void The_cache_and_the_number_of_counting_threads_do_not_matter(int sharing)
    {
        LanguageModelOptions options = Small with { NoiseSharing = sharing, Shuffle = false };
        string text = Text(20_000);
        string cached = Train(options with { Corpus = options.Corpus with { Cache = CacheMode.Always } }, text), read = Train(options with { Corpus = options.Corpus with { Cache = CacheMode.Never } }, text);
        Assert.Equal(cached, read);
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1)]
    [InlineData(ObjectiveKind.Nce, 8)]
    [InlineData(ObjectiveKind.RankingNce, 1)]
    public void Perplexity_comes_as_near_to_the_text_as_with_unigram_noise(ObjectiveKind objective, int sharing)
    {
        string text = Text(60_000), valid = _files.Write("valid", Lines(6000, seed: 5));
        LanguageModelOptions options = Small with { Objective = objective, NoiseSharing = sharing, Dim = 16, Epochs = 6, Before = 1 };
        double bigram = Perplexity(options), unigram = Perplexity(options with { Noise = NoiseKind.Unigram });
        Assert.InRange(bigram, 2, 1.1 * unigram);

        double Perplexity(LanguageModelOptions o)
        {
            using TrainedLanguageModel trained = new LanguageModelTrainer(o).Train(Source(text));
            return PerplexityEvaluation.Run(trained.Model, valid).Perplexity;
        }
    }

    [Fact]
    public void A_text_without_repeated_bigrams_trains_with_unigram_noise_and_a_warning()
    {
        string text = _files.Write("single", string.Join('\n', Enumerable.Range(0, 100).Select(i => $"w{i}")));
        LanguageModelOptions options = Small with { After = 1, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        var log = new Warnings();
        string with = Train(options, text, log), without = Train(options with { Noise = NoiseKind.Unigram }, text);
        Assert.Contains("No word follows another one twice", log.Text, StringComparison.Ordinal);
        Assert.Equal(without.Length, with.Length);
        Train(Small with { Corpus = options.Corpus }, text); // <s> and </s> are bigrams of every sentence
    }

    [Fact]
    public void Bigrams_that_do_not_fit_are_dropped_with_a_warning()
    {
        var random = new Random(3);
        var text = new System.Text.StringBuilder();
        for (int i = 0; i < 130_000; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{random.Next(240)} b{random.Next(240)}{(i % 5 == 4 ? '\n' : ' ')}");
        var log = new Warnings();
        Train(Small with { BigramMemoryBytes = 1 << 20, Epochs = 1, Dim = 2, K = 1 }, _files.Write("many", text.ToString()), log);
        Assert.Contains("repeated bigrams", log.Text, StringComparison.Ordinal);
        Assert.Contains("do not fit into 1 MiB and were dropped", log.Text, StringComparison.Ordinal);
        Assert.Contains("LanguageModelOptions.BigramMemoryBytes", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_of_other_words_are_refused_or_reported()
    {
        string text = Text(5000);
        string other = _files.Write("other", "zebra lion 3\nlion zebra 2\n"), partly = _files.Write("partly", "zebra lion 3\nt0w0 t0w1 2\n");
        // In a closed vocabulary, other words are <unk>, which is counted.
        LanguageModelOptions open = Small with { ClosedVocabulary = false };
        NceFastException error = Assert.Throws<NceFastException>(() => Train(open with { BigramCounts = other }, text));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("none names two words of the vocabulary", error.Message, StringComparison.Ordinal);
        var log = new Warnings();
        Train(open with { BigramCounts = partly }, text, log);
        Assert.Contains("1 of 2 lines", log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ObjectiveKind.Neg)]
    [InlineData(ObjectiveKind.ImportanceSampling)]
    [InlineData(ObjectiveKind.MaximumLikelihood)]
    public void Objectives_that_do_not_correct_the_noise_are_refused(ObjectiveKind objective) => Refused(() => (Small with { Objective = objective }).Validate(), "ObjectiveKind.Nce");

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Refused(() => (Small with { Before = 0, After = 2 }).Validate(), "LanguageModelOptions.Before");
        Refused(() => (Small with { BigramWeight = 1.5 }).Validate(), "LanguageModelOptions.BigramWeight");
        Refused(() => (Small with { BigramMemoryBytes = 100 }).Validate(), "LanguageModelOptions.BigramMemoryBytes");
        Refused(() => (Small with { Noise = NoiseKind.Unigram, BigramCounts = "file" }).Validate(), "LanguageModelOptions.BigramCounts");
        Refused(() => (Small with { NoiseSharing = 1000, NoiseSetSize = 10_000, Batch = 65_536 }).Validate(), "noise words or scores at once");
        Refused(() => new WordVectorOptions { Noise = NoiseKind.Bigram }.Validate(), "only language models");
    }

    [Fact]
    public void The_memory_of_a_large_vocabulary_is_forecast()
    {
        LanguageModelSpec spec = (Small with { BigramMemoryBytes = 3L << 30 }).SpecFor(1_000_000);
        Assert.Equal(3L << 30, spec.BigramBytes);
        Assert.Equal(0, (Small with { Noise = NoiseKind.Unigram }).SpecFor(1_000_000).BigramBytes);
        TrainingForecast forecast = new LanguageModelTrainer(Small).Forecast(Source(Text(20_000)));
        Assert.Contains(forecast.Memory, part => part.Name == "bigrams of the noise" && part.Bytes > 1000);
    }

    private static void Refused(Action action, string part)
    {
        NceFastException error = Assert.Throws<NceFastException>(action);
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static CorpusOptions Prepared(LanguageModelOptions options, CacheMode cache) =>
        options.Corpus with { SpecialWords = options.ClosedVocabulary ? SpecialWordsMode.Closed : SpecialWordsMode.Open, Cache = cache };

    private static BigramCounts Count(LanguageModelOptions options, PreparedCorpus corpus, int threads, ICommunicator ranks) =>
        new BigramCounting(options.RowsOf(corpus.Vocabulary), 1 << 20, threads, ranks, new Warnings(), CancellationToken.None).Of(corpus.Blocks);

    private static CorpusSource Source(string text)
    {
        var source = CorpusSource.FromPaths(text);
        source.ShardBytes = 16_000;
        return source;
    }

    private static string Train(LanguageModelOptions options, string text, ILogger? logger = null)
    {
        using TrainedLanguageModel trained = new LanguageModelTrainer(options, logger: logger).Train(Source(text));
        return Training.Checkpointing.ResumeHarness.Fingerprint(trained.Model.Parameters.Tables, trained.Report.Epochs.Select(e => $"{e.Loss:R}"));
    }

    private static Dictionary<(string, string), long> Expected(IEnumerable<string> lines, Vocabulary vocabulary, bool closed)
    {
        var counts = new Dictionary<(string, string), long>();
        foreach (string line in lines)
        {
            string previous = "<s>";
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
                continue;
            foreach (string word in (IEnumerable<string>)[.. words.Select(w => vocabulary.Find(w) >= 0 ? w : "<unk>").Where(w => closed || w != "<unk>"), "</s>"])
            {
                if (previous == "<s>" && word == "</s>")
                    continue; // an empty sentence is none
                counts[(previous, word)] = counts.GetValueOrDefault((previous, word)) + 1;
                previous = word;
            }
        }

        return counts;
    }

    private string Text(int words) => _files.Write($"text{words}", Lines(words));

    // A word is followed by one of few; some words are rare enough to be left out.
    private static string Lines(int words, int seed = 1)
    {
        var random = new Random(seed);
        var text = new System.Text.StringBuilder();
        for (int i = 0, word = 0; i < words; i++)
        {
            word = random.Next(4) == 0 ? random.Next(60) : ((word * 7) + random.Next(3)) % 60;
            text.Append(random.Next(200) == 0 ? $"rare{i}" : $"t0w{word}").Append(random.Next(12) == 0 ? '\n' : ' ');
        }

        return text.ToString();
    }

    private sealed class Warnings : ILogger
    {
        public string Text { get; private set; } = "";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                Text += formatter(state, exception) + "\n";
        }
    }
}
