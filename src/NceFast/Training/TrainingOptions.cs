using NceFast.Blocks;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Training;

/// <summary>Represents the options that the trainings of all models have in common.</summary>
public abstract record TrainingOptions
{
    private protected TrainingOptions()
    {
    }

    /// <summary>Gets the objective: NCE or negative sampling; for language models also maximum likelihood, importance sampling or ranking NCE.</summary>
    public ObjectiveKind Objective { get; init; } = ObjectiveKind.Nce;

    /// <summary>Gets the floats per vector, 1 to 65,536.</summary>
    public int Dim { get; init; } = 100;

    /// <summary>
    /// Gets k, the noise words per predicted word: 1 to 10,000 for word vectors; for language models 1 to 100,000, and at most ten
    /// times the vocabulary.
    /// </summary>
    public int K { get; init; }

    /// <summary>
    /// Gets the number of consecutive positions (word vectors, up to 1,024) or predictions (language models, up to 65,536) that
    /// share one set of noise words. With 1, every prediction has noise words of its own, which is slower.
    /// </summary>
    public int NoiseSharing { get; init; }

    /// <summary>
    /// Gets the number of noise words in a set, each weighted so that the set counts as k words of its own per prediction; 0 for a
    /// default. Word vectors: up to 65,536, by default 24 (NCE) or 40 (negative sampling) for every five of k; more noise words
    /// take more time and allow a higher learning rate. Language models: up to 100,000, by default k for a set of one prediction and
    /// max(64, k) for a shared one.
    /// </summary>
    public int NoiseSetSize { get; init; }

    /// <summary>Gets the distribution of noise words.</summary>
    public NoiseKind Noise { get; init; } = NoiseKind.Unigram;

    /// <summary>Gets the exponent of the unigram counts, 0 to 2.</summary>
    public double NoisePower { get; init; }

    /// <summary>Gets the treatment of log Z, which only NCE uses.</summary>
    public NormalizerKind Normalizer { get; init; } = NormalizerKind.Fixed;

    /// <summary>Gets the passes over the corpus, 1 to 10,000.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Gets the learning rate at the start, 1e-9 to 10. Null takes the default of the model and the objective.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Gets the number of worker threads, 1 to 1,024. One thread trains the same bits in every run.</summary>
    public int Threads { get; init; } = Math.Min(1024, Environment.ProcessorCount);

    /// <summary>Gets the seed of every random draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Gets the device: auto, or an id of the device catalog. Several ids separated by commas train a replica each.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Gets the vector width of the host by name; null for the best that the machine has.</summary>
    public string? HostKernels { get; init; }

    /// <summary>Gets how several replicas, in this process and in others, are kept together.</summary>
    public SyncOptions Sync { get; init; } = new();

    /// <summary>
    /// Gets the folder of checkpoints, the checkpoint or the language model to start from with a new text; null to start from
    /// nothing. Old words keep their rows and their counts, to which those of the text are added. New words begin as in any training.
    /// Word vectors can also start from a file of vectors (see <c>VectorFile</c>): words that it has begin with its vectors as input
    /// vectors, and all else begins as in any training.
    /// </summary>
    public string? From { get; init; }

    /// <summary>Gets the vocabulary and the cache. The trainer sets the special words and the order of blocks of a language model.</summary>
    public CorpusOptions Corpus { get; init; } = new();

    /// <summary>
    /// Gets what is measured of the model while it is trained. A language model is measured on its validation text, and its
    /// similarity is that of context vectors.
    /// </summary>
    public ProbeOptions Probes { get; init; } = new();

    /// <summary>Gets the learning rate at the start: the one given, or the default. A training uses a lower one where this one would not be stable.</summary>
    public double StartRate => LearningRate ?? DefaultRate;

    /// <summary>Gets the learning rate at the start when none is given.</summary>
    internal abstract double DefaultRate { get; }

    // Largest values of K, NoiseSharing and NoiseSetSize.
    private protected abstract (int K, int Sharing, int SetSize) Most { get; }

    /// <summary>Rejects values outside their range.</summary>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public virtual void Validate()
    {
        Throw.UnlessInRange(nameof(TrainingOptions.Dim), Dim, 1, 65_536);
        Throw.UnlessInRange(nameof(TrainingOptions.K), K, 1, Most.K);
        Throw.UnlessInRange(nameof(TrainingOptions.NoisePower), NoisePower, 0, 2);
        Throw.UnlessInRange(nameof(TrainingOptions.NoiseSharing), NoiseSharing, 1, Most.Sharing);
        Throw.UnlessInRange(nameof(TrainingOptions.NoiseSetSize), NoiseSetSize, 0, Most.SetSize);
        Throw.UnlessInRange(nameof(TrainingOptions.Epochs), Epochs, 1, 10_000);
        Throw.UnlessInRange(nameof(TrainingOptions.Threads), Threads, 1, 1_024);
        Throw.UnlessInRange(nameof(TrainingOptions.LearningRate), StartRate, 1e-9, 10);
        if (Objective.Traits().CancelsNormalizer && Normalizer != NormalizerKind.Fixed)
            Throw.Usage($"{Member.Of(nameof(TrainingOptions.Normalizer))} is {Normalizer}, but log Z cancels in {Objective}, so that it cannot be learned; allowed is {NormalizerKind.Fixed}. Leave {Member.Of(nameof(TrainingOptions.Normalizer))} out, or choose {ObjectiveKind.Nce}.");
        Corpus.Vocabulary.Validate();
        Probes.Validate();
        Sync.Validate();
    }

    /// <summary>Creates a model of words of equal frequency, to forecast memory before a text is at hand.</summary>
    /// <param name="words">Size of the vocabulary, at least 1; at least 2 for a language model.</param>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public abstract ModelSpec SpecFor(int words);

    private protected long[] EqualCounts(int words, int least)
    {
        Validate();
        Throw.UnlessInRange(nameof(words), words, least, int.MaxValue);
        var counts = new long[words];
        counts.AsSpan().Fill(1);
        return counts;
    }

    // Processes with texts of their own draw for themselves, because their blocks have the same numbers.
    private protected ulong SeedOf(int rank) => Sync.Shards == ShardMode.Own ? Seed + (ulong)rank : Seed;
}
