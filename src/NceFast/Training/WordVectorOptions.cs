using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Everything that decides a training. The defaults are those users of word2vec expect, with NCE as objective.</summary>
public sealed record WordVectorOptions
{
    // Each takes 12 bytes of every worker while a block is in work.
    private const long MaxBlockDraws = 64 << 20;

    /// <summary>What is predicted from what.</summary>
    public ModelKind Model { get; init; } = ModelKind.SkipGram;

    /// <summary>True NCE or negative sampling.</summary>
    public ObjectiveKind Objective { get; init; } = ObjectiveKind.Nce;

    /// <summary>Floats a vector, 1 to 65,536.</summary>
    public int Dim { get; init; } = 100;

    /// <summary>Largest reach of the window to each side in words, 1 to 1,000; drawn uniformly from 1 to it for each position.</summary>
    public int Window { get; init; } = 5;

    /// <summary>Noise words a data word, 1 to 10,000.</summary>
    public int K { get; init; } = 5;

    /// <summary>Distribution of noise words.</summary>
    public NoiseKind Noise { get; init; } = NoiseKind.Unigram;

    /// <summary>Exponent of the unigram counts, 0 to 2.</summary>
    public double NoisePower { get; init; } = 0.75;

    /// <summary>Consecutive positions that share one set of noise words, 1 to 1,024; 1 draws own noise words for every prediction and is several times slower.</summary>
    public int NoiseSharing { get; init; } = 16;

    /// <summary>
    /// Noise words drawn for a shared set, each weighted so that the set counts as k own words, 0 to 65,536; 0 takes 24 (NCE)
    /// or 40 (negative sampling) for every five of k. More draws cost time and allow a higher learning rate.
    /// </summary>
    public int NoiseDraws { get; init; }

    /// <summary>Treatment of log Z; NCE only.</summary>
    public NormalizerKind Normalizer { get; init; } = NormalizerKind.Fixed;

    /// <summary>log Z at the start, for ever when fixed; nats, -100 to 100.</summary>
    public double LogZ { get; init; }

    /// <summary>Threshold t of the removal of frequent words, 0 (keep all) to 1.</summary>
    public double Subsample { get; init; } = 1e-4;

    /// <summary>Passes over the corpus, 1 to 10,000.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Learning rate at the start; falls linearly to 1e-4 of it. Null takes, for skip-gram, 0.04 with NCE and 0.06 with negative sampling, and 0.1 for CBOW.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Worker threads, 1 to 1,024; one thread trains the same bits run after run.</summary>
    public int Threads { get; init; } = Math.Min(1024, Environment.ProcessorCount);

    /// <summary>Seed of every random draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Device: auto, or an id of the device catalog; several ids parted by commas train a replica each.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Vector width of the host by name; null for the best the machine has.</summary>
    public string? HostKernels { get; init; }

    /// <summary>How several replicas, in this process and others, are kept together.</summary>
    public SyncOptions Sync { get; init; } = new();

    /// <summary>
    /// Folder of checkpoints, checkpoint or language model to start from with a new text; null to start from nothing. Old
    /// words keep their rows and their counts, to which those of the text are added; new words begin as in any training.
    /// </summary>
    public string? From { get; init; }

    /// <summary>Vocabulary and cache.</summary>
    public CorpusOptions Corpus { get; init; } = new();

    /// <summary>What is measured of the model while it is trained.</summary>
    public ProbeOptions Probes { get; init; } = new();

    /// <summary>The learning rate at the start: the one given, or the default of model and objective. A training uses a lower one where this one would not be stable.</summary>
    public float StartRate => (float)(LearningRate ?? DefaultRate);

    /// <summary>The learning rate at the start when none is given.</summary>
    internal double DefaultRate => Model == ModelKind.Cbow ? 0.1 : Objective.Traits().SkipGramRate;

    /// <summary>Rejects values outside their range.</summary>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public void Validate()
    {
        Throw.UnlessInRange("--dim", Dim, 1, 65_536);
        Throw.UnlessInRange("--window", Window, 1, 1_000);
        Throw.UnlessInRange("--k", K, 1, 10_000);
        Throw.UnlessInRange("--noise-power", NoisePower, 0, 2);
        Throw.UnlessInRange("--noise-sharing", NoiseSharing, 1, 1_024);
        Throw.UnlessInRange("--noise-draws", NoiseDraws, 0, 65_536);
        Throw.UnlessInRange("--log-z", LogZ, -100, 100);
        Throw.UnlessInRange("--subsample", Subsample, 0, 1);
        Throw.UnlessInRange("--epochs", Epochs, 1, 10_000);
        Throw.UnlessInRange("--threads", Threads, 1, 1_024);
        if (!Objective.Traits().Supports(ModelFamilies.WordVectors))
            Throw.Usage($"The objective is {Objective}, which is for language models only; allowed are {string.Join(", ", ObjectiveTraits.KindsOf(ModelFamilies.WordVectors))}.");
        Throw.UnlessInRange("--lr", StartRate, 1e-9, 10);
        Corpus.Vocabulary.Validate();
        Probes.Validate();
        Sync.Validate();
        long draws = (long)ToSpec([1]).NoiseSetSize * ((TokenBlock.Capacity + NoiseSharing - 1) / NoiseSharing);
        if (draws > MaxBlockDraws)
            Throw.Usage($"--k {K}, --window {Window} and --noise-sharing {NoiseSharing} need {draws:N0} noise words a block of text; allowed are {MaxBlockDraws:N0}. Lower --k, --noise-draws or --window, or raise --noise-sharing.");
    }

    /// <summary>The learning rate when a part <paramref name="done"/> of the whole training is done: it falls linearly from the start to 1e-4 of it.</summary>
    internal static float RateAt(WordVectorSpec spec, double done) => (float)LinearSchedule.Rate(spec.StartRate, done);

    /// <summary>A model of words of equal frequency, to forecast memory before a text is at hand.</summary>
    /// <param name="words">Size of the vocabulary, at least 1.</param>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public WordVectorSpec SpecFor(int words)
    {
        Validate();
        Throw.UnlessInRange("--words", words, 1, int.MaxValue);
        var counts = new long[words];
        counts.AsSpan().Fill(1);
        return ToSpec(counts);
    }

    /// <summary>Tables and sizes for a backend.</summary>
    /// <param name="counts">Occurrences a word: <c>[words]</c>.</param>
    /// <param name="rank">Number of the process: with text of its own it draws for itself, for its blocks have the numbers of others.</param>
    internal WordVectorSpec ToSpec(ReadOnlySpan<long> counts, int rank = 0)
    {
        NoiseDistribution noise = NoiseDistribution.Create(Noise, counts, NoisePower);
        WordVectorStepBound bound = WordVectorStepBound.Of(this, counts, noise);
        return new WordVectorSpec
        {
            Model = Model,
            Objective = Objective,
            Normalizer = Normalizer,
            LogZ = (float)LogZ,
            Words = counts.Length,
            Dim = Dim,
            Window = Window,
            K = K,
            Sharing = bound.Sharing,
            StartRate = (float)bound.Rate,
            NoiseDraws = NoiseDraws,
            DropTargetNoise = Objective.Traits().DropsObserved.HasFlag(ModelFamilies.WordVectors),
            KeepLimits = Subsampling.KeepLimits(counts, Subsample),
            Noise = noise,
            LogKNoise = noise.LogKTimesProbability(K),
            Seed = Sync.Shards == ShardMode.Own ? Seed + (ulong)rank : Seed,
        };
    }
}
