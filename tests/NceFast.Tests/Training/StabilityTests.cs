using System.Text;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Every allowed setting trains without diverging at learning rates up to twice the default.</summary>
public sealed class StabilityTests : IDisposable
{
    // With noise words of its own, the work per prediction grows with window times k; larger values would take minutes.
    private const int MostOwnNoise = 400;
    private static readonly string Zipf = MakeZipf(40_000, 2_000, 25);
    private static readonly CorpusOptions All = new() { Vocabulary = new VocabularyOptions { MinCount = 1 } };
    private static readonly long[] ZipfCounts = [.. Zipf.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).CountBy(word => word).Select(pair => (long)pair.Value).OrderDescending()];
    private readonly string _folder = Directory.CreateTempSubdirectory("ncefast-stable-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Word_vectors_stay_bounded_in_a_pairwise_cover_of_all_settings()
    {
        int[] windows = [1, 5, 12, 40, 1000], sharings = [1, 16, 300], ks = [1, 5, 25, 200], threads = [1, 2, 16], draws = [0, 8];
        ModelKind[] models = Enum.GetValues<ModelKind>();
        NormalizerKind[] normalizers = Enum.GetValues<NormalizerKind>();
        ObjectiveKind[] objectives = [.. ObjectiveTraits.KindsOf(ModelFamilies.WordVectors)];
        int[] dims = [1, 24], factors = [1, 2];
        double[] subsamples = [0, 1e-4];
        (WindowDrawKind Draw, bool Baskets)[] reaches = [(WindowDrawKind.Uniform, false), (WindowDrawKind.Fixed, false), (WindowDrawKind.Fixed, true)];
        int[] levels = [windows.Length, sharings.Length, ks.Length, threads.Length, draws.Length, models.Length, normalizers.Length, objectives.Length, dims.Length, factors.Length, subsamples.Length, reaches.Length];

        List<int[]> rows = PairwiseCover.Of(levels, row => sharings[row[1]] > 1 || windows[row[0]] * ks[row[2]] <= MostOwnNoise);
        Assert.InRange(rows.Count, 20, 80);
        int refused = 0;
        foreach (int[] row in rows)
        {
            var options = new WordVectorOptions
            {
                Window = windows[row[0]],
                NoiseSharing = sharings[row[1]],
                K = ks[row[2]],
                Threads = threads[row[3]],
                NoiseSetSize = draws[row[4]],
                Model = models[row[5]],
                Normalizer = objectives[row[7]].Traits().CancelsNormalizer ? NormalizerKind.Fixed : normalizers[row[6]],
                Objective = objectives[row[7]],
                Dim = dims[row[8]],
                Subsample = subsamples[row[10]],
                WindowDraw = reaches[row[11]].Draw,
                Baskets = reaches[row[11]].Baskets,
                Epochs = 1,
                Corpus = All,
            };
            options = options with { LearningRate = factors[row[9]] * options.DefaultRate };
            if (NeedsTooManyNoiseWords(options))
            {
                refused++;
                continue;
            }

            using TrainedVectors model = Try(options, () => new WordVectorTrainer(options).Train(Source(Zipf)));
            EnsureBounded(model.Parameters.Tables, options);
        }

        Assert.InRange(refused, 0, rows.Count / 5); // see the next test
    }

    // Wide windows whose sets are so small that the text allows no sharing.
    private static bool NeedsTooManyNoiseWords(WordVectorOptions options)
    {
        try
        {
            options.ToSpec(ZipfCounts);
            return false;
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Usage && options.Window == 1000)
        {
            return true;
        }
    }

    [Fact]
    public void Noise_words_of_a_block_are_bounded_for_the_sharing_that_a_text_allows()
    {
        var options = new WordVectorOptions { Window = 1000, K = 25, NoiseSharing = 16, NoiseSetSize = 8, Corpus = All };
        options.Validate(); // possible on a text of many words
        NceFastException error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(Source(Zipf)));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("noise sets that only 1 of 16 positions can share", error.Message, StringComparison.Ordinal);
        Assert.Contains("NoiseSharing 1 need", Assert.Throws<NceFastException>(() => (options with { NoiseSharing = 1 }).Validate()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(60)]
    [InlineData(2, RateSchedule.AdaGrad)]
    [InlineData(60, RateSchedule.AdaGrad)]
    public void Word_vectors_of_few_words_stay_bounded_with_many_noise_words_and_wide_windows(int words, RateSchedule schedule = RateSchedule.Linear)
    {
        string text = MakeZipf(6_000, words, 300);
        foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))
        {
            foreach ((ModelKind model, int window, int k, int sharing) in new[] { (ModelKind.SkipGram, 15, 25, 1), (ModelKind.SkipGram, 40, 5, 64), (ModelKind.Cbow, 15, 100, 1), (ModelKind.Cbow, 300, 25, 300) })
            {
                var options = new WordVectorOptions { Objective = objective, Model = model, Window = window, K = k, NoiseSharing = sharing, Dim = 8, Threads = 2, Subsample = 0, Epochs = 2, Schedule = schedule, Corpus = All };
                options = options with { LearningRate = 2 * options.DefaultRate };
                using TrainedVectors trained = Try(options, () => new WordVectorTrainer(options).Train(Source(text)));
                EnsureBounded(trained.Parameters.Tables, options);
            }
        }
    }

    [Theory]
    [InlineData(ModelKind.SkipGram, 5, 5, 1)]
    [InlineData(ModelKind.SkipGram, 12, 25, 16)]
    [InlineData(ModelKind.SkipGram, 40, 5, 2)]
    [InlineData(ModelKind.Cbow, 5, 5, 16)]
    [InlineData(ModelKind.Cbow, 40, 25, 1)]
    public void Word_vectors_stay_bounded_with_AdaGrad(ModelKind model, int window, int k, int threads)
    {
        foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))
        {
            var options = new WordVectorOptions { Objective = objective, Model = model, Window = window, K = k, Threads = threads, Dim = 24, Epochs = 1, Schedule = RateSchedule.AdaGrad, Corpus = All };
            options = options with { LearningRate = 2 * options.DefaultRate };
            using TrainedVectors trained = Try(options, () => new WordVectorTrainer(options).Train(Source(Zipf)));
            EnsureBounded(trained.Parameters.Tables, options);
        }
    }

    [Fact]
    public void Language_models_stay_bounded_in_a_pairwise_cover_of_all_settings()
    {
        int[] befores = [1, 2, 10, 60, 1000], sharings = [1, 12, 500], ks = [1, 25, 200], threads = [1, 2, 16], batches = [0, 8, 5000], draws = [0, 4], afters = [0, 2];
        ObjectiveKind[] objectives = [.. ObjectiveTraits.KindsOf(ModelFamilies.LanguageModels)];
        PlaceWeightKind[] positions = Enum.GetValues<PlaceWeightKind>();
        int[] factors = [1, 2];
        int[] levels = [befores.Length, sharings.Length, ks.Length, threads.Length, batches.Length, draws.Length, afters.Length, objectives.Length, positions.Length, factors.Length];
        string path = Path.Combine(_folder, "text");
        File.WriteAllText(path, MakeZipf(12_000, 300, 12));

        // A matrix for each of a thousand places takes long and tests no more than one for each of sixty.
        List<int[]> rows = PairwiseCover.Of(levels, row => positions[row[8]] != PlaceWeightKind.Full || befores[row[0]] <= 60);
        Assert.InRange(rows.Count, 20, 80);
        foreach (int[] row in rows)
        {
            var options = new LanguageModelOptions
            {
                Before = befores[row[0]],
                NoiseSharing = sharings[row[1]],
                K = ks[row[2]],
                Threads = threads[row[3]],
                Batch = batches[row[4]],
                NoiseSetSize = draws[row[5]],
                After = afters[row[6]],
                Objective = objectives[row[7]],
                PlaceWeights = positions[row[8]],
                Dim = 12,
                Epochs = 1,
                Corpus = All,
            };
            options = options with { LearningRate = factors[row[9]] * options.DefaultRate };
            LanguageModel model = Try(options, () => new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(path), null).Model);
            using (model)
                EnsureBounded(model.Parameters.Tables, options);
        }
    }

    [Fact]
    public void The_default_settings_are_used_as_they_are()
    {
        long[] counts = [.. Enumerable.Range(1, 20_000).Select(rank => 1 + (2_000_000L / rank))];
        foreach (ModelKind model in Enum.GetValues<ModelKind>())
        {
            foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))
            {
                var options = new WordVectorOptions { Model = model, Objective = objective };
                WordVectorSpec spec = options.ToSpec(counts);
                Assert.Equal(((float)options.StartRate, options.NoiseSharing), (spec.StartRate, spec.Sharing));
            }
        }
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(20, 6)]
    [InlineData(1000, 6)]
    public void Wide_windows_share_noise_sets_less_and_take_no_longer_steps(int window, int sharing)
    {
        long[] counts = [.. Enumerable.Range(1, 20_000).Select(rank => 1 + (2_000_000L / rank))];
        WordVectorSpec spec = new WordVectorOptions { Objective = ObjectiveKind.Neg, Window = window }.ToSpec(counts);
        Assert.Equal(sharing, spec.Sharing);
        Assert.InRange(spec.StartRate * (window + 1), 0.5, 1.0001);
    }

    [Theory]
    [InlineData(ModelKind.SkipGram, 5)]
    [InlineData(ModelKind.SkipGram, 50)]
    [InlineData(ModelKind.Cbow, 50)]
    public void Fixed_windows_are_bounded_as_drawn_ones_of_the_same_average(ModelKind model, int window)
    {
        long[] counts = [.. Enumerable.Range(1, 20_000).Select(rank => 1 + (2_000_000L / rank))];
        var options = new WordVectorOptions { Model = model, Objective = ObjectiveKind.Neg };
        WordVectorSpec fixedReach = (options with { Window = window, WindowDraw = WindowDrawKind.Fixed }).ToSpec(counts), drawn = (options with { Window = (2 * window) - 1 }).ToSpec(counts);
        Assert.Equal((drawn.Sharing, drawn.StartRate), (fixedReach.Sharing, fixedReach.StartRate));
        Assert.Equal(RowPull.UpdatesPerWord(drawn, 0.1), RowPull.UpdatesPerWord(fixedReach, 0.1));
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, ModelKind.SkipGram)]
    [InlineData(ObjectiveKind.Neg, ModelKind.SkipGram)]
    [InlineData(ObjectiveKind.Neg, ModelKind.Cbow)]
    public void A_rate_far_beyond_the_default_is_reported_as_divergence_with_a_better_rate(ObjectiveKind objective, ModelKind model)
    {
        var options = new WordVectorOptions { Objective = objective, Model = model, LearningRate = 10, Dim = 24, Epochs = 2, Threads = 1, Corpus = All };
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(Source(Zipf)).Dispose());
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("diverged", error.Message);
        Assert.Contains(FormattableString.Invariant($"up to {2 * options.DefaultRate}"), error.Message);
    }

    [Fact]
    public void A_finite_loss_far_above_that_of_an_untrained_model_is_divergence()
    {
        var check = new DivergenceCheck(4, $"Lower it.");
        check.Check(new PassState { Predictions = 100_000, Loss = 850_000 }, isEnd: false); // 8.5 is high, but less than twice 4 and 1 more
        var error = Assert.Throws<NceFastException>(() => check.Check(new PassState { Predictions = 200_000, Loss = 1_800_000 }, isEnd: false)); // 9.5 since then
        Assert.Equal("The loss in epoch 1 rose to 9.5 nats per prediction, while a model without training has 4: the training diverged. Lower it.", error.Message);
        Assert.Throws<NceFastException>(() => new DivergenceCheck(4, $"").Check(new PassState { Predictions = 10, Loss = 1e6 }, isEnd: true));
        new DivergenceCheck(4, $"").Check(new PassState { Predictions = 10, Loss = 1e6 }, isEnd: false); // too few to judge
        Assert.Throws<NceFastException>(() => new DivergenceCheck(4, $"").Check(new PassState { Predictions = 10, Loss = double.NaN }, isEnd: false));
    }

    [Fact]
    public void Epochs_are_judged_one_by_one()
    {
        var check = new DivergenceCheck(4, $"Lower it.");
        check.Check(new PassState { Epoch = 0, Predictions = 7_000, Loss = 28_000 }, isEnd: true);
        check.Check(new PassState { Epoch = 1, Predictions = 7_100, Loss = 30_000 }, isEnd: true); // 100 predictions and 2,000 nats more than the epoch before
        Assert.Contains("epoch 3", Assert.Throws<NceFastException>(() => check.Check(new PassState { Epoch = 2, Predictions = 60_000, Loss = 700_000 }, isEnd: false)).Message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-2e4f)]
    public void A_parameter_that_is_too_large_is_divergence(float value)
    {
        WordVectorSpec spec = new WordVectorOptions { Dim = 5 }.ToSpec([3, 2, 1]);
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(1, [3, 2, 1]);
        var check = new DivergenceCheck(4, $"Lower it.");
        check.Check(parameters.Tables);
        parameters.Input.Row(1)[4] = value;
        Assert.Contains("row 1", Assert.Throws<NceFastException>(() => check.Check(parameters.Tables)).Message);
    }

    [Fact]
    public void The_loss_of_an_untrained_model_equals_that_of_the_first_block()
    {
        foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))
        {
            var options = new WordVectorOptions { Objective = objective, Dim = 8, Threads = 1, LearningRate = 1e-8, Epochs = 1, Corpus = All };
            using TrainedVectors model = new WordVectorTrainer(options).Train(Source(Zipf));
            double untrained = UntrainedLoss.Of(options.ToSpec(model.Vocabulary.Counts), model.Vocabulary.Counts);
            Assert.InRange(model.Report.Loss / untrained, 0.97, 1.03);
        }
    }

    private static T Try<T>(object options, Func<T> train)
    {
        try
        {
            return train();
        }
        catch (NceFastException e)
        {
            throw new InvalidOperationException($"{options}: {e.Message}", e);
        }
    }

    private static void EnsureBounded(IReadOnlyList<ParameterTable> tables, object options)
    {
        foreach (ParameterTable table in tables.Where(t => !t.IsState))
        {
            for (long row = 0; row < table.Rows; row++)
                Assert.True(table.LargestMagnitude(row) < 100, $"{options}: row {row} of {table.Name} has {table.LargestMagnitude(row)}");
        }
    }

    private static CorpusSource Source(string text) => CorpusSource.FromStream(new MemoryStream(Encoding.ASCII.GetBytes(text)));

    // Frequencies follow Zipf's law, and each line has one of eight topics, so that words predict each other.
    private static string MakeZipf(int count, int words, int line)
    {
        var random = new Random(3);
        var text = new StringBuilder();
        for (int i = 0, topic = 0; i < count; i++)
        {
            if (i % line == 0)
                topic = random.Next(8);
            int rank = (int)Math.Pow(words, random.NextDouble()) - 1;
            text.Append('w').Append(random.Next(3) > 0 ? (rank / 8 * 8) + topic : rank).Append(i % line == line - 1 ? '\n' : ' ');
        }

        return text.ToString();
    }
}
