using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training.Checkpointing;

/// <summary>run(2N) = run(N) + resume(N), bit for bit, on one thread.</summary>
public sealed class ExactResumeTests
{
    private static readonly WordVectorOptions Small = new() { Dim = 17, Epochs = 3, Threads = 1, Subsample = 1e-2, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } } };

    private static readonly LanguageModelOptions SmallLanguage = new() { Dim = 9, K = 5, Epochs = 3, Threads = 1, Batch = 64, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } } };

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Learned, 1)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.PerContext, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Learned, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Fixed, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.PerContext, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed, 1)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, NormalizerKind.Fixed, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.RankingNce, NormalizerKind.Fixed, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.PerContext, 16, RateSchedule.AdaGrad)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed, 1, RateSchedule.AdaGrad)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, NormalizerKind.Fixed, 16, RateSchedule.AdaGrad)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Learned, 16, RateSchedule.AdaGrad)]
    public void Word_vectors_resume_to_the_same_bytes(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, int sharing, RateSchedule schedule = RateSchedule.Linear)
    {
        using var harness = new ResumeHarness();
        WordVectorOptions options = Small with { Model = model, Objective = objective, Normalizer = normalizer, NoiseSharing = sharing, Schedule = schedule };
        harness.AssertSameAfterStops(checkpoints => Train(options, harness.Source(), checkpoints));
    }

    [Theory]
    [InlineData(CacheMode.Always)]
    [InlineData(CacheMode.Never)]
    public void Baskets_resume_to_the_same_bytes(CacheMode cache)
    {
        using var harness = new ResumeHarness();
        WordVectorOptions options = Small with { Baskets = true, Window = 3, Corpus = Small.Corpus with { Cache = cache } };
        harness.AssertSameAfterStops(checkpoints => Train(options, harness.Source(), checkpoints));
    }

    [Theory]
    [InlineData("Uniform", "Fixed", true)]
    [InlineData("Uniform", "Uniform", false)]
    [InlineData(null, "Uniform", false)]
    [InlineData(null, "Fixed", true)]
    public void A_checkpoint_without_a_newer_option_had_its_default(string? then, string now, bool differs)
    {
        var saved = new Dictionary<string, string>(OptionTable.Of(Small));
        saved.Remove("WordVectorOptions.WindowDraw");
        saved.Remove("WordVectorOptions.Baskets");
        if (then is not null)
            saved["WordVectorOptions.WindowDraw"] = then;
        IEnumerable<string> found = OptionTable.Differences(saved, OptionTable.Of(Small with { WindowDraw = Enum.Parse<WindowDrawKind>(now) }));
        Assert.Equal(differs ? ["WordVectorOptions.WindowDraw was Uniform and is Fixed"] : [], found);
    }

    [Theory]
    [InlineData(CacheMode.Always, false, false)]
    [InlineData(CacheMode.Never, false, false)]
    [InlineData(CacheMode.Always, true, false)]
    [InlineData(CacheMode.Never, true, false)]
    [InlineData(CacheMode.Always, false, true)]
    [InlineData(CacheMode.Never, false, true)]
    public void Every_way_to_read_the_text_resumes_to_the_same_bytes(CacheMode cache, bool gzip, bool vocabularyGiven)
    {
        using var harness = new ResumeHarness(gzip ? 280_000 : 30_000); // gzip has no shards: a block is 32,768 words
        CorpusOptions corpus = Small.Corpus with { Cache = cache };
        if (vocabularyGiven)
        {
            using PreparedCorpus counted = PreparedCorpus.Prepare(harness.Source(), corpus, 1);
            corpus = corpus with { VocabularyIn = counted.Vocabulary };
        }

        string path = gzip ? harness.Gzip() : "";
        WordVectorOptions options = Small with { Dim = 5, Corpus = corpus };
        harness.AssertSameAfterStops(checkpoints => Train(options, gzip ? CorpusSource.FromPaths(path) : harness.Source(), checkpoints));
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1, RateSchedule.Linear, PlaceWeightKind.Full, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.Nce, 8, RateSchedule.Halving, PlaceWeightKind.Diagonal, NormalizerKind.Learned, true)]
    [InlineData(ObjectiveKind.Nce, 1, RateSchedule.AdaGrad, PlaceWeightKind.Full, NormalizerKind.PerContext, false)]
    [InlineData(ObjectiveKind.Neg, 8, RateSchedule.Linear, PlaceWeightKind.None, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.Neg, 1, RateSchedule.Halving, PlaceWeightKind.Full, NormalizerKind.Fixed, true)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1, RateSchedule.Halving, PlaceWeightKind.Full, NormalizerKind.Fixed, true)]
    [InlineData(ObjectiveKind.ImportanceSampling, 1, RateSchedule.AdaGrad, PlaceWeightKind.Diagonal, NormalizerKind.Fixed, true)]
    [InlineData(ObjectiveKind.ImportanceSampling, 8, RateSchedule.Linear, PlaceWeightKind.Full, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.RankingNce, 1, RateSchedule.Linear, PlaceWeightKind.Full, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.RankingNce, 8, RateSchedule.AdaGrad, PlaceWeightKind.Diagonal, NormalizerKind.Fixed, true)]
    public void Language_models_resume_to_the_same_bytes(ObjectiveKind objective, int sharing, RateSchedule schedule, PlaceWeightKind position, NormalizerKind normalizer, bool shared)
    {
        using var harness = new ResumeHarness();
        string valid = harness.Validation;
        LanguageModelOptions options = SmallLanguage with { Objective = objective, NoiseSharing = sharing, Schedule = schedule, PlaceWeights = position, Normalizer = normalizer, SharedRows = shared };
        harness.AssertSameAfterStops(checkpoints => Train(options, harness.Source(), valid, checkpoints));
    }

    [Theory]
    [InlineData(CacheMode.Always, 1, ObjectiveKind.Nce, false)]
    [InlineData(CacheMode.Never, 8, ObjectiveKind.Nce, false)]
    [InlineData(CacheMode.Always, 1, ObjectiveKind.RankingNce, true)]
    public void Language_models_with_bigram_noise_resume_to_the_same_bytes(CacheMode cache, int sharing, ObjectiveKind objective, bool vocabularyGiven)
    {
        using var harness = new ResumeHarness();
        LanguageModelOptions options = SmallLanguage with { Noise = NoiseKind.Bigram, NoiseSharing = sharing, Objective = objective, Corpus = SmallLanguage.Corpus with { Cache = cache } };
        if (vocabularyGiven)
        {
            using PreparedCorpus counted = PreparedCorpus.Prepare(harness.Source(), options.Corpus, 1);
            options = options with { Corpus = options.Corpus with { VocabularyIn = counted.Vocabulary } };
        }

        harness.AssertSameAfterStops(checkpoints => Train(options, harness.Source(), null, checkpoints));
    }

    [Fact]
    public void Several_threads_resume_to_a_similar_loss()
    {
        using var harness = new ResumeHarness(60_000);
        WordVectorOptions options = Small with { Threads = 3 };
        using TrainedVectors whole = new WordVectorTrainer(options).Train(harness.Source(), checkpoints: harness.Checkpoints());
        string[] saved = [.. Directory.GetFiles(harness.Folder, "checkpoint-*").Order(StringComparer.Ordinal)];
        foreach (string later in saved.Skip(saved.Length / 2))
            File.Delete(later);
        using TrainedVectors resumed = new WordVectorTrainer(options).Train(harness.Source(), checkpoints: harness.Checkpoints(resume: true));
        Assert.Equal(whole.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)), resumed.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)));
        Assert.Equal(whole.Report.Loss, resumed.Report.Loss, 0.05 * whole.Report.Loss);
    }

    internal static string Train(LanguageModelOptions options, CorpusSource source, string? valid, CheckpointOptions? checkpoints, BackendCatalog? catalog = null)
    {
        using TrainedLanguageModel trained = new LanguageModelTrainer(options, catalog).Train(source, valid, checkpoints: checkpoints);
        (LanguageModel model, TrainingReport report) = (trained.Model, trained.Report);
        using (model)
            return ResumeHarness.Fingerprint(model.Parameters.Tables, report.Epochs.Select(e => $"{e.Words} {e.Predictions} {e.Loss:R} {e.LearningRate:R} {e.Validation?.Perplexity:R}").Append($"best {report.BestEpoch}"));
    }

    internal static string Train(WordVectorOptions options, CorpusSource source, CheckpointOptions? checkpoints, BackendCatalog? catalog = null)
    {
        using TrainedVectors model = new WordVectorTrainer(options, catalog).Train(source, checkpoints: checkpoints);
        return ResumeHarness.Fingerprint(model.Parameters.Tables, model.Report.Epochs.Select(e => $"{e.Words} {e.Tokens} {e.Predictions} {e.Loss:R}").Append($"{model.Report.Corpus.Words}"));
    }
}
