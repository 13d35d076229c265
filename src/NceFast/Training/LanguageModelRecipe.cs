using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents a training of a language model.</summary>
/// <param name="options">The options.</param>
/// <param name="validation">Text whose perplexity steers the schedule and chooses the epoch that is kept; null for none.</param>
internal sealed class LanguageModelRecipe(LanguageModelOptions options, string? validation) : ModelRecipe(options, validation)
{
    private BigramCounts? _bigrams;
    private LanguageModelSpec? _spec;
    private LanguageModel? _model;
    private BestModel? _best;

    public override string Kind => CheckpointHeader.Language;

    public override (string Model, string Objective) Names => ("lbl", options.Objective.ToString().ToLowerInvariant());

    public override CorpusOptions Corpus => options.Corpus with
    {
        SpecialWords = options.ClosedVocabulary ? SpecialWordsMode.Closed : SpecialWordsMode.Open,
        ShuffleSeed = options.Shuffle ? options.Seed : null,
    };

    // Four times the blocks of word vectors, whose rows drift apart less: see DESIGN.md of Distribution.
    public override SyncOptions Sync => options.Sync with { EpochBlocks = 400 };

    public override int FurtherCopies => 1;

    public override int AskedSharing => options.Objective.Traits().DrawsNoise ? options.NoiseSharing : 1;

    public override LanguageModelSpec Spec => _spec!;

    /// <summary>Gets the model.</summary>
    public LanguageModel Model => _model!;

    public override LanguageModelParameters Parameters => Model.Parameters;

    public override (int NoiseSetSize, int Batch) Sizes => (Spec.NoiseSetSize, Spec.Batch);

    public override BestModel? Best => _best;

    public override long ModelFileBytes => LanguageModelFile.Bytes(Model);

    public override double UntrainedLoss => Training.UntrainedLoss.Of(Spec, Vocabulary.Counts);

    public override FormattableString DivergenceAdvice =>
        $"Lower {Member.Of(nameof(TrainingOptions.LearningRate))} (now {Spec.StartRate}) or {Member.Of(nameof(LanguageModelOptions.PlaceRate))} (now {options.PlaceRate}); up to {2 * options.DefaultRate} and 0.02 they are stable with every other setting.";

    public override void EnsureUsable()
    {
        if (options.Schedule == RateSchedule.Halving && Validation is null)
            Throw.Usage($"{Member.Of(nameof(RateSchedule.Halving))} needs a validation text. Give one, or take {Member.Of(nameof(RateSchedule.Linear))}.");
    }

    public override void Allocate(ICommunicator ranks)
    {
        _model = new LanguageModel(Vocabulary, Spec.CreateParameters());
        _best = new BestModel(Model, Validation, Text, Spec.StartRate, options.Schedule, ranks);
    }

    public override void Discard() => _model?.Dispose();

    public override RowRanking Rank() => RowRanking.Of(Spec, Vocabulary);

    public override float RateAt(double epochs) => options.Schedule == RateSchedule.Halving ? (float)Best!.Rate : base.RateAt(epochs);

    public override Measure? CreateMeasure(ICommunicator ranks)
    {
        Probe.EnsureMeasurable(options.Probes, Model, Validation, Text, ranks);
        return Probe.Of(options.Probes, Model, Validation, Text);
    }

    public override IReadOnlyDictionary<string, double> FiguresOf(EpochReport validated) => Probe.Figures(options.Probes, Model, validated.Validation, CancellationToken.None);

    // The time of the exact softmax may surprise, so that it is reported before it is spent.
    public override string? Warning(long words)
    {
        if (options.Objective.Traits().DrawsNoise || words < 0)
            return null;
        double work = 8.0 * Spec.Shape.Words * Spec.Shape.Dim * words, seconds = work / (50e9 * options.Threads);
        return seconds <= 60 ? null : FormattableString.Invariant($"The exact softmax takes about {work:G3} floating-point operations per epoch here, some {seconds / 60:F0} minutes per epoch on this machine; {Member.Of(nameof(ObjectiveKind.Nce))} takes a small part of that.");
    }

    public override int FurtherReadings => options.Noise == NoiseKind.Bigram && options.BigramCounts is null ? 1 : 0;

    public override long NoiseBytes => Spec.BigramBytes;

    public override IEnumerable<string> FurtherInputs => options.BigramCounts is { } counts ? [.. base.FurtherInputs, counts] : base.FurtherInputs;

    public override void CountNoise(Vocabulary vocabulary, IBlockSource blocks, int workers, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        if (options.Noise != NoiseKind.Bigram)
            return;
        var counting = new BigramCounting(options.RowsOf(vocabulary), options.BigramMemoryBytes, workers, ranks, logger, cancellation);
        _bigrams = options.BigramCounts is { } file ? counting.Of(file) : counting.Of(blocks);
    }

    private protected override void CreateSpec(int rank)
    {
        _spec = options.ToSpec(Vocabulary, rank, _bigrams);
        _bigrams = null;
    }
}
