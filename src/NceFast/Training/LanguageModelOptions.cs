using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents everything that decides a training of a language model.</summary>
public sealed record LanguageModelOptions : TrainingOptions
{
    // Each takes 12 bytes of every worker: two draws and the word.
    private const long MaxBatchDraws = 128 << 20;

    /// <summary>Creates the defaults.</summary>
    public LanguageModelOptions() => (K, NoiseSharing, NoisePower) = (25, 1, 1);

    /// <summary>Gets the context words before the predicted one, 0 to 1,000.</summary>
    public int Before { get; init; } = 2;

    /// <summary>Gets the context words after it, 0 to 1,000. A model with any does not read from left to right, and it does not predict ends of sentences.</summary>
    public int After { get; init; }

    /// <summary>Gets how vectors depend on their place in the context.</summary>
    public PlaceWeightKind PlaceWeights { get; init; } = PlaceWeightKind.Full;

    /// <summary>Gets whether context and target rows are the same.</summary>
    public bool SharedRows { get; init; }

    /// <summary>Gets whether words outside the vocabulary are trained and predicted as &lt;unk&gt;, or left out.</summary>
    public bool ClosedVocabulary { get; init; } = true;

    /// <summary>
    /// Gets counts of words that the noise is drawn by, instead of those of the text and instead of <see cref="TrainingOptions.Noise"/>.
    /// Words that they lack are practically never drawn.
    /// </summary>
    public Vocabulary? NoiseCounts { get; init; }

    /// <summary>
    /// Gets the factor of the bigrams in <see cref="NoiseKind.Bigram"/>, 0 to 1. After a word with n occurrences and d distinct
    /// successors, the bigrams have the part weight (n - d) / n, and the unigram noise has the rest. A high weight leaves few noise words that never
    /// follow the previous word, so that log Z grows; see bench/results/wikitext2-lbl.md.
    /// </summary>
    public double BigramWeight { get; init; } = 0.4;

    /// <summary>
    /// Gets the memory that the bigrams of <see cref="NoiseKind.Bigram"/> may take, in bytes, 1 MiB to 1 TiB. If they need more, the rarest are
    /// dropped. Counting them takes up to about twice as much, once.
    /// </summary>
    public long BigramMemoryBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Gets a file with the counts of the bigrams of <see cref="NoiseKind.Bigram"/>, plain or compressed, with lines <c>previous word count</c>;
    /// &lt;s&gt; is the start of a sentence and &lt;/s&gt; its end. Null counts the text.
    /// </summary>
    public string? BigramCounts { get; init; }

    /// <summary>
    /// Gets the schedule of the learning rate. Measured on WikiText-2 with k = 25, from 0.05: linear over 4 epochs ends at a validation
    /// perplexity of 231, halving is at 290 after 9, because fast steps follow the latest part of a text in order.
    /// </summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Linear;

    /// <summary>Gets the learning rate of place weights as a factor of that of rows, 0 to 10.</summary>
    public double PlaceRate { get; init; } = 0.01;

    /// <summary>Gets the weight decay, see <see cref="LanguageModelSpec.WeightDecay"/>; 0 to 1.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Gets the weight of the penalty on (log Z)^2, 0 to 10, for maximum likelihood, importance sampling and ranking NCE.</summary>
    public double SelfNormalization { get; init; }

    /// <summary>
    /// Gets the predictions that are computed together, 8 to 65,536. 0 takes 48 for maximum likelihood, 1,020 for full place weights, which
    /// gain from large products, and else 200: a batch steps a frequent word's row once by all its places.
    /// </summary>
    public int Batch { get; init; }

    /// <summary>Gets whether blocks, and the sentences within them, come in a new order each epoch, where they are cached.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Gets the noise words that are really drawn for each prediction, or for each shared set.</summary>
    public int EffectiveNoiseSetSize => SetSizeOf(NoiseSharing);

    /// <summary>Gets the most predictions that are computed together. There are fewer where a text has so few words that many would step one row.</summary>
    public int EffectiveBatch => Batch > 0 ? Batch : Objective.Traits().StepsEveryRow ? 48 : PlaceWeights == PlaceWeightKind.Full ? 1020 : 200;

    /// <summary>Gets the default learning rate: 0.05; 0.03 for maximum likelihood, whose batches step a frequent word's row by all its predictions at once.</summary>
    internal override double DefaultRate => Objective.Traits().LanguageRate;

    private protected override (int K, int Sharing, int SetSize) Most => (100_000, 65_536, 100_000);

    /// <summary>Computes the noise words that are drawn for a set that so many predictions share.</summary>
    internal int SetSizeOf(int sharing) => NoiseSetSize > 0 ? NoiseSetSize : sharing == 1 ? K : Math.Max(64, K);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Throw.UnlessInRange(nameof(LanguageModelOptions.Before), Before, After == 0 ? 1 : 0, 1_000);
        Throw.UnlessInRange(nameof(LanguageModelOptions.After), After, 0, 1_000);
        Throw.UnlessInRange(nameof(LanguageModelOptions.PlaceRate), PlaceRate, 0, 10);
        Throw.UnlessInRange(nameof(LanguageModelOptions.WeightDecay), WeightDecay, 0, 1);
        Throw.UnlessInRange(nameof(LanguageModelOptions.SelfNormalization), SelfNormalization, 0, 10);
        Throw.UnlessInRange(nameof(LanguageModelOptions.Batch), Batch, Batch == 0 ? 0 : 8, 65_536);
        if (SelfNormalization > 0 && Objective.Traits().IsBinary)
            Throw.Usage($"{Member.Of(nameof(LanguageModelOptions.SelfNormalization))} is {SelfNormalization}, but {Objective} never computes Z. It is for maximum likelihood, importance sampling and ranking NCE; NCE normalises itself.");
        Throw.UnlessInRange(nameof(LanguageModelOptions.BigramWeight), BigramWeight, 0, 1);
        Throw.UnlessInRange(nameof(LanguageModelOptions.BigramMemoryBytes), BigramMemoryBytes, 1L << 20, 1L << 40);
        EnsureBigramsServe();
        EnsureBatchDraws();
    }

    /// <inheritdoc/>
    public override LanguageModelSpec SpecFor(int words)
    {
        long[] counts = EqualCounts(words, least: 2);
        return ToSpec(counts, NoiseDistribution.Create(Noise, counts, NoisePower), 0, ClosedVocabulary ? 1 : -1);
    }

    /// <summary>Creates the sizes and tables for a backend.</summary>
    /// <param name="vocabulary">The words, with the special ones.</param>
    /// <param name="rank">Number of the process.</param>
    /// <param name="bigrams">The bigrams of the noise; null for none.</param>
    internal LanguageModelSpec ToSpec(Vocabulary vocabulary, int rank = 0, BigramCounts? bigrams = null)
    {
        if (K > 10L * vocabulary.Count)
            Throw.Usage($"{Member.Of(nameof(TrainingOptions.K))} is {K:N0}, more than ten times the vocabulary of {vocabulary.Count:N0} words. With so much noise, {Member.Of(nameof(ObjectiveKind.MaximumLikelihood))} is exact and takes less time.");
        (int end, int unknown) = SpecialIds(vocabulary);
        return ToSpec(vocabulary.Counts, CreateNoise(vocabulary), end, unknown, rank, bigrams);
    }

    /// <summary>Gets the rows of the bigrams.</summary>
    internal BigramRows RowsOf(Vocabulary vocabulary)
    {
        (int end, int unknown) = SpecialIds(vocabulary);
        return new BigramRows(vocabulary, end, unknown, predictsEnd: After == 0);
    }

    private (int End, int Unknown) SpecialIds(Vocabulary vocabulary) =>
        (vocabulary.Find(SpecialWords.EndOfSentence), ClosedVocabulary ? vocabulary.Find(SpecialWords.Unknown) : -1);

    private LanguageModelSpec ToSpec(ReadOnlySpan<long> counts, NoiseDistribution noise, int end, int unknown, int rank = 0, BigramCounts? counted = null)
    {
        BigramNoise? bigrams = counted is null ? null : new BigramNoise(counted, noise, BigramWeight);
        LanguageModelStepBound bound = LanguageModelStepBound.Of(this, counts, Math.Max(1, counts[end]), bigrams?.Repetition ?? Repetition.Of(noise.Probabilities));
        return new LanguageModelSpec
        {
            Shape = new LanguageModelShape(counts.Length, Dim, Before, After, PlaceWeights, SharedRows, end, unknown),
            Objective = Objective,
            Normalizer = Normalizer,
            K = K,
            NoiseSetSize = SetSizeOf(bound.Sharing),
            Sharing = bound.Sharing,
            Noise = noise,
            Bigrams = bigrams,
            BigramBytes = bigrams?.Bytes ?? (Noise == NoiseKind.Bigram ? BigramMemoryBytes : 0),
            Frequencies = FrequenciesOf(counts),
            Batch = bound.Batch,
            StartRate = (float)bound.Rate,
            PlaceRate = (float)PlaceRate,
            WeightDecay = (float)WeightDecay,
            SelfNormalization = (float)SelfNormalization,
            AdaGrad = Schedule == RateSchedule.AdaGrad,
            Seed = SeedOf(rank),
        };
    }

    private static double[] FrequenciesOf(ReadOnlySpan<long> counts)
    {
        double total = 0;
        foreach (long count in counts)
            total += count;
        var frequencies = new double[counts.Length];
        for (int w = 0; w < frequencies.Length; w++)
            frequencies[w] = counts[w] / Math.Max(1, total);
        return frequencies;
    }

    // The noise may depend only on what the model sees.
    private void EnsureBigramsServe()
    {
        if (Noise != NoiseKind.Bigram)
        {
            if (BigramCounts is not null)
                Throw.Usage($"{Member.Of(nameof(LanguageModelOptions.BigramCounts))} is {BigramCounts}, but {Member.Of(nameof(TrainingOptions.Noise))} is {Noise}, which has no bigrams. Set {Member.Of(nameof(TrainingOptions.Noise))} to {Member.Of(nameof(NoiseKind.Bigram))}, or give no counts.");
            return;
        }

        if (Before < 1)
            Throw.Usage($"{Member.Of(nameof(LanguageModelOptions.Before))} is {Before}, but {Member.Of(nameof(NoiseKind.Bigram))} noise depends on the previous word, which the model must see. Set {Member.Of(nameof(LanguageModelOptions.Before))} to at least 1, or take {Member.Of(nameof(NoiseKind.Unigram))} noise.");
        if (!Objective.Traits().CorrectsNoise)
            Throw.Usage($"{Member.Of(nameof(NoiseKind.Bigram))} noise is for {Member.Of(nameof(ObjectiveKind.Nce))} and {Member.Of(nameof(ObjectiveKind.RankingNce))}, and the objective is {Objective}, which {(Objective.Traits().DrawsNoise ? "does not correct both the observed word and the noise words by log p_n" : "draws no noise")}. Choose one of these objectives, or {Member.Of(nameof(NoiseKind.Unigram))} noise.");
    }

    private void EnsureBatchDraws()
    {
        int sets = Noise == NoiseKind.Bigram ? EffectiveBatch : (EffectiveBatch + NoiseSharing - 1) / NoiseSharing;
        long draws = (long)EffectiveNoiseSetSize * Math.Max(NoiseSharing, sets);
        if (Objective.Traits().DrawsNoise && draws > MaxBatchDraws)
            Throw.Usage($"{EffectiveNoiseSetSize:N0} noise words per prediction or set, {Member.Of(nameof(LanguageModelOptions.Batch))} {EffectiveBatch:N0} and {Member.Of(nameof(TrainingOptions.NoiseSharing))} {NoiseSharing:N0} need {draws:N0} noise words or scores at once; allowed are {MaxBatchDraws:N0}. Lower {Member.Of(nameof(TrainingOptions.NoiseSetSize))}, {Member.Of(nameof(TrainingOptions.K))}, {Member.Of(nameof(LanguageModelOptions.Batch))} or {Member.Of(nameof(TrainingOptions.NoiseSharing))}.");
    }

    private NoiseDistribution CreateNoise(Vocabulary vocabulary)
    {
        if (NoiseCounts is null)
            return NoiseDistribution.Create(Noise, vocabulary.Counts, NoisePower);
        var weights = new double[vocabulary.Count];
        for (int id = 0; id < weights.Length; id++)
        {
            int given = NoiseCounts.Find(vocabulary.Words[id]);
            weights[id] = given < 0 ? 0 : Math.Pow(NoiseCounts.Counts[given], NoisePower);
        }

        if (weights.All(w => w == 0))
            Throw.Usage($"{Member.Of(nameof(LanguageModelOptions.NoiseCounts))} names no word of the vocabulary; give counts of the words of this text.");
        return NoiseDistribution.FromWeights(weights);
    }
}
