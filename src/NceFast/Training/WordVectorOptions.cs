using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Training;

/// <summary>Represents everything that decides a training of word vectors. The defaults are those that users of word2vec expect, with NCE as objective.</summary>
public sealed record WordVectorOptions : TrainingOptions
{
    // Each takes 12 bytes of every worker while a block is in work.
    private const long MaxBlockDraws = 64 << 20;

    /// <summary>Creates the defaults.</summary>
    public WordVectorOptions() => (K, NoiseSharing, NoisePower) = (5, 16, 0.75);

    /// <summary>Gets what is predicted from what.</summary>
    public ModelKind Model { get; init; } = ModelKind.SkipGram;

    /// <summary>Gets the largest reach of the window to each side in words, 1 to 1,000.</summary>
    public int Window { get; init; } = 5;

    /// <summary>
    /// Gets how far the window of each position reaches: always by <see cref="Window"/>, or by a number that is drawn from 1 to it. Null
    /// takes the fixed reach with <see cref="Baskets"/>, otherwise the drawn one.
    /// </summary>
    public WindowDrawKind? WindowDraw { get; init; }

    /// <summary>
    /// Gets whether each sentence is a basket, whose words have no order. Its words are brought into a random order in each epoch before windows
    /// are taken, and windows have a fixed reach. A word meets all other words of a basket that has at most <see cref="Window"/> + 1 words, and
    /// random ones of a larger basket.
    /// </summary>
    public bool Baskets { get; init; }

    /// <summary>Gets how far windows reach when null is resolved.</summary>
    public WindowDrawKind EffectiveWindowDraw => WindowDraw ?? (Baskets ? WindowDrawKind.Fixed : WindowDrawKind.Uniform);

    /// <summary>Gets log Z at the start, and for ever when it is fixed, in nats; -100 to 100.</summary>
    public double LogZ { get; init; }

    /// <summary>Gets the threshold t of the removal of frequent words, 0 (keep all) to 1.</summary>
    public double Subsample { get; init; } = 1e-4;

    /// <summary>Gets the schedule of the learning rate: linear or AdaGrad.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Linear;

    /// <summary>Gets the default learning rate: for skip-gram 0.04 with NCE, 0.03 with ranking NCE and 0.06 with negative sampling, for CBOW 0.1. With AdaGrad: 0.5, for CBOW 1.</summary>
    internal override double DefaultRate => Schedule == RateSchedule.AdaGrad ? Model == ModelKind.Cbow ? 1 : 0.5 : Model == ModelKind.Cbow ? 0.1 : Objective.Traits().SkipGramRate;

    /// <summary>Gets the words of a window on average, away from the ends of sentences.</summary>
    internal int WindowWords => Window + (EffectiveWindowDraw == WindowDrawKind.Fixed ? Window : 1);

    private protected override (int K, int Sharing, int SetSize) Most => (10_000, 1_024, 65_536);

    /// <inheritdoc/>
    public override void Validate()
    {
        if (!Objective.Traits().Supports(ModelFamilies.WordVectors))
            Throw.Usage($"{nameof(ObjectiveKind)}.{Objective} is for language models only; allowed are {string.Join(", ", ObjectiveTraits.KindsOf(ModelFamilies.WordVectors).Select(kind => $"{nameof(ObjectiveKind)}.{kind}"))}.");
        if (Noise == NoiseKind.Bigram)
            Throw.Usage($"{Member.Of(nameof(TrainingOptions.Noise))} is {Member.Of(nameof(NoiseKind.Bigram))}, which depends on the previous word; only language models have one. Allowed for word vectors are {Member.Of(nameof(NoiseKind.Unigram))} and {Member.Of(nameof(NoiseKind.Uniform))}.");
        base.Validate();
        Throw.UnlessInRange(nameof(WordVectorOptions.Window), Window, 1, 1_000);
        Throw.UnlessInRange(nameof(WordVectorOptions.LogZ), LogZ, -100, 100);
        Throw.UnlessInRange(nameof(WordVectorOptions.Subsample), Subsample, 0, 1);
        if (Schedule == RateSchedule.Halving)
            Throw.Usage($"{Member.Of(nameof(RateSchedule.Halving))} is for language models only, because word vectors have no validation perplexity; allowed are {Member.Of(nameof(RateSchedule.Linear))}, {Member.Of(nameof(RateSchedule.AdaGrad))}.");
        if (Baskets && EffectiveWindowDraw != WindowDrawKind.Fixed)
            Throw.Usage($"{Member.Of(nameof(WindowDrawKind.Uniform))} is combined with {Member.Of(nameof(WordVectorOptions.Baskets))}, whose words have no distance; allowed is {Member.Of(nameof(WindowDrawKind.Fixed))}, which baskets take by default. Leave out one of the two.");
        EnsureBlockDraws(NoiseSharing);
    }

    /// <inheritdoc/>
    public override WordVectorSpec SpecFor(int words) => ToSpec(EqualCounts(words, least: 1));

    /// <summary>Creates the tables and sizes for a backend.</summary>
    /// <param name="counts">Occurrences per word: <c>[words]</c>.</param>
    /// <param name="rank">Number of the process.</param>
    internal WordVectorSpec ToSpec(ReadOnlySpan<long> counts, int rank = 0)
    {
        NoiseDistribution noise = NoiseDistribution.Create(Noise, counts, NoisePower);
        WordVectorStepBound bound = WordVectorStepBound.Of(this, counts, noise);
        EnsureBlockDraws(bound.Sharing);
        return new WordVectorSpec
        {
            Model = Model,
            Objective = Objective,
            Normalizer = Normalizer,
            LogZ = (float)LogZ,
            Words = counts.Length,
            Dim = Dim,
            Window = Window,
            WindowDraw = EffectiveWindowDraw,
            Baskets = Baskets,
            K = K,
            Sharing = bound.Sharing,
            StartRate = (float)bound.Rate,
            RequestedSetSize = NoiseSetSize,
            DropTargetNoise = Objective.Traits().DropsObserved.HasFlag(ModelFamilies.WordVectors),
            KeepLimits = Subsampling.KeepLimits(counts, Subsample),
            Noise = noise,
            AdaGrad = Schedule == RateSchedule.AdaGrad,
            LogKNoise = noise.LogKTimesProbability(K),
            Seed = SeedOf(rank),
        };
    }

    private void EnsureBlockDraws(int sharing)
    {
        long draws = (long)WordVectorSpec.SetSize(Model, Objective, Window, K, NoiseSetSize, sharing) * ((TokenBlock.Capacity + sharing - 1) / sharing);
        if (draws <= MaxBlockDraws)
            return;
        string set = sharing == NoiseSharing ? $"{Member.Of(nameof(TrainingOptions.NoiseSharing))} {NoiseSharing}" : $"noise sets that only {sharing} of {NoiseSharing} positions can share at this learning rate on this text";
        Throw.Usage($"{Member.Of(nameof(TrainingOptions.K))} {K}, {Member.Of(nameof(WordVectorOptions.Window))} {Window} and {set} need {draws:N0} noise words per block of text; allowed are {MaxBlockDraws:N0}. Lower {Member.Of(nameof(TrainingOptions.K))}, {Member.Of(nameof(TrainingOptions.NoiseSetSize))}, {Member.Of(nameof(WordVectorOptions.Window))} or {Member.Of(nameof(TrainingOptions.LearningRate))}, or raise {Member.Of(nameof(TrainingOptions.NoiseSharing))}.");
    }
}
