using NceFast.Blocks;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Tests.Simulation;

internal enum TextForm
{
    OnePlain,
    OneGzip,
    Plain,
    Gzip,
    Mixed,
}

/// <summary>Represents what is trained: small, but with every part of a training between several processes.</summary>
internal sealed record SimulatedJob
{
    public required int Ranks { get; init; }

    public required TextForm Form { get; init; }

    public required int TextSeed { get; init; }

    public required TrainingOptions Options { get; init; }

    /// <summary>Words between checkpoints; null for an interval of simulated time.</summary>
    public required long? SaveWords { get; init; }

    public required TimeSpan? SaveEvery { get; init; }

    public required int Keep { get; init; }

    public required bool IsValidated { get; init; }

    /// <summary>Words between measurements on the validation text; 0 for none.</summary>
    public required long ProbeWords { get; init; }

    public bool Overlaps => Options.Sync.Overlap;

    /// <summary>A job with every phase in which a signal can come.</summary>
    public static SimulatedJob ForSignals { get; } = new()
    {
        Ranks = 2,
        Form = TextForm.Plain,
        TextSeed = 0,
        SaveWords = 2500,
        SaveEvery = null,
        Keep = 1000,
        IsValidated = true,
        ProbeWords = 1500,
        Options = Language(new Draws(1), new SyncOptions { Period = 1000, Rows = 32, Overlap = false }, new CorpusOptions { Cache = CacheMode.Never, Vocabulary = new VocabularyOptions { MinCount = 1 } }, epochs: 2, isValidated: true) with
        {
            Noise = NceFast.Sampling.NoiseKind.Bigram,
        },
    };

    public static SimulatedJob Draw(Draws draws)
    {
        var sync = new SyncOptions
        {
            Period = draws.Of(200, 600, 2000, 6000),
            Rows = draws.Of(8, 32, 500),
            Rule = draws.Of(MergeRule.Adaptive, MergeRule.Touching, MergeRule.Mean),
            Overlap = draws.OneIn(2),
        };
        var corpus = new CorpusOptions
        {
            Cache = draws.Of(CacheMode.Always, CacheMode.Never, CacheMode.Auto),
            Vocabulary = new VocabularyOptions { MinCount = draws.Of(1, 3) },
        };
        bool byWords = !draws.OneIn(4), isLanguage = draws.OneIn(2), isValidated = draws.OneIn(2);
        int epochs = draws.Of(1, 2, 2, 3);
        return new SimulatedJob
        {
            Ranks = draws.Of(1, 2, 2, 3, 3, 4),
            Form = draws.Of(TextForm.OnePlain, TextForm.OneGzip, TextForm.Plain, TextForm.Gzip, TextForm.Mixed),
            TextSeed = draws.Next(SimulatedTexts.Count),
            SaveWords = byWords ? draws.Of(700, 2500, 9000) : null,
            SaveEvery = byWords ? null : TimeSpan.FromSeconds(draws.Of(1, 20, 600)),
            Keep = draws.Of(1, 2, 1000),
            IsValidated = isLanguage && isValidated,
            ProbeWords = isLanguage && draws.OneIn(3) ? 1500 : 0,
            Options = isLanguage ? Language(draws, sync, corpus, epochs, isValidated) : Vectors(draws, sync, corpus, epochs),
        };
    }

    public override string ToString() =>
        $"{Ranks} ranks, {Form} text {TextSeed}, saved every {SaveWords?.ToString() ?? SaveEvery.ToString()}, keep {Keep}, validated {IsValidated}, probed every {ProbeWords}, {Options}";

    private static WordVectorOptions Vectors(Draws draws, SyncOptions sync, CorpusOptions corpus, int epochs) => new()
    {
        Model = draws.Of(ModelKind.SkipGram, ModelKind.Cbow),
        Objective = draws.Of(ObjectiveKind.Nce, ObjectiveKind.Neg, ObjectiveKind.RankingNce),
        Schedule = draws.Of(RateSchedule.Linear, RateSchedule.AdaGrad),
        Dim = 5,
        Window = 2,
        K = 3,
        Epochs = epochs,
        Threads = 1,
        Device = "host",
        Subsample = draws.Of(0, 1e-2),
        Sync = sync,
        Corpus = corpus,
    };

    private static LanguageModelOptions Language(Draws draws, SyncOptions sync, CorpusOptions corpus, int epochs, bool isValidated) => new()
    {
        Objective = draws.Of(ObjectiveKind.Nce, ObjectiveKind.RankingNce),
        Schedule = isValidated ? draws.Of(RateSchedule.Halving, RateSchedule.Linear) : draws.Of(RateSchedule.Linear, RateSchedule.AdaGrad),
        Noise = draws.Of(NceFast.Sampling.NoiseKind.Unigram, NceFast.Sampling.NoiseKind.Bigram),
        Shuffle = draws.OneIn(2),
        Dim = 4,
        K = 3,
        Batch = 50,
        Epochs = epochs,
        Threads = 1,
        Device = "host",
        Sync = sync,
        Corpus = corpus,
    };
}
