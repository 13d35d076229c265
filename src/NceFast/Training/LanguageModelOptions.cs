using NceFast.Blocks;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>How the learning rate changes.</summary>
public enum RateSchedule
{
    /// <summary>Halved when the validation perplexity stops falling, see <see cref="HalvingSchedule"/>.</summary>
    Halving,

    /// <summary>Falls linearly over the epochs to 1e-4 of the start.</summary>
    Linear,

    /// <summary>Falls linearly too, and each row's own is divided by the root of its summed mean squared gradients.</summary>
    AdaGrad,
}

/// <summary>Everything that decides the training of a language model.</summary>
public sealed record LanguageModelOptions
{
    // Each takes 12 bytes of every worker: two draws and the word.
    private const long MaxBatchDraws = 128 << 20;

    /// <summary>The objective.</summary>
    public ObjectiveKind Objective { get; init; } = ObjectiveKind.Nce;

    /// <summary>Context words before the predicted one, 0 to 1,000.</summary>
    public int Before { get; init; } = 2;

    /// <summary>Context words after it, 0 to 1,000; with any, the model is no left-to-right one and does not predict ends of sentences.</summary>
    public int After { get; init; }

    /// <summary>How vectors depend on their place.</summary>
    public PositionKind Position { get; init; } = PositionKind.Full;

    /// <summary>Whether context and target rows are the same.</summary>
    public bool SharedRows { get; init; }

    /// <summary>Whether words outside the vocabulary are trained and predicted as &lt;unk&gt;, or left out.</summary>
    public bool ClosedVocabulary { get; init; } = true;

    /// <summary>Floats a vector, 1 to 65,536.</summary>
    public int Dim { get; init; } = 100;

    /// <summary>k: noise words a predicted word, 1 to 100,000 and at most ten times the vocabulary.</summary>
    public int K { get; init; } = 25;

    /// <summary>Noise words drawn for each prediction or shared set, 0 to 100,000; 0 takes k for own noise and max(64, k) for a shared set.</summary>
    public int NoiseDraws { get; init; }

    /// <summary>Predictions that share a set of noise words, 1 to 65,536; 1 draws own ones for each.</summary>
    public int NoiseSharing { get; init; } = 1;

    /// <summary>Distribution of noise words; not used when <see cref="NoiseCounts"/> is given.</summary>
    public NoiseKind Noise { get; init; } = NoiseKind.Unigram;

    /// <summary>Exponent of the unigram counts, 0 to 2.</summary>
    public double NoisePower { get; init; } = 1;

    /// <summary>Counts of words the noise is drawn by instead of those of the text; words it lacks are all but never drawn.</summary>
    public Vocabulary? NoiseCounts { get; init; }

    /// <summary>Treatment of log Z by NCE.</summary>
    public NormalizerKind Normalizer { get; init; } = NormalizerKind.Fixed;

    /// <summary>Passes over the corpus at most, 1 to 10,000.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>
    /// Schedule of the learning rate. Measured on WikiText-2, k = 25, from 0.05: linear over 4 epochs ends at a validation
    /// perplexity of 231, halving stands at 290 after 9, for fast steps follow the latest part of a text in order.
    /// </summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Linear;

    /// <summary>
    /// Learning rate of rows and biases at the start, 1e-9 to 10. Null takes 0.05; 0.03 for maximum likelihood, whose batches
    /// step a frequent word's row by all its predictions at once.
    /// </summary>
    public double? LearningRate { get; init; }

    /// <summary>Learning rate of position matrices as a factor of that of rows, 0 to 10.</summary>
    public double PositionRate { get; init; } = 0.01;

    /// <summary>Weight decay, see <see cref="LanguageModelSpec.WeightDecay"/>; 0 to 1.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Weight of the penalty on (log Z)^2, 0 to 10; for maximum likelihood and importance sampling.</summary>
    public double SelfNormalization { get; init; }

    /// <summary>
    /// Predictions computed together, 8 to 65,536; 0 takes 48 for maximum likelihood, 1,020 for position matrices, which gain
    /// from large products, and else 200: a frequent word's row is stepped once a batch by all its places.
    /// </summary>
    public int Batch { get; init; }

    /// <summary>Worker threads, 1 to 1,024; one thread trains the same bits run after run.</summary>
    public int Threads { get; init; } = Math.Min(1024, Environment.ProcessorCount);

    /// <summary>Seed of every random draw.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether blocks and the sentences within them come in a new order each epoch, where they are cached.</summary>
    public bool Shuffle { get; init; } = true;

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

    /// <summary>Vocabulary and cache; its treatment of special words is set by the trainer.</summary>
    public CorpusOptions Corpus { get; init; } = new();

    /// <summary>
    /// What is measured of the model while it is trained; the validation text serves as held-out text, and epochs end with it
    /// as ever. Similarity is that of context vectors.
    /// </summary>
    public ProbeOptions Probes { get; init; } = new();

    /// <summary>Noise words really drawn for each prediction or set.</summary>
    public int Draws => DrawsOf(NoiseSharing);

    /// <summary>The learning rate at the start: the one given, or the default of the objective. A training uses a lower one where this one would not be stable.</summary>
    public double StartRate => LearningRate ?? DefaultRate;

    /// <summary>The learning rate at the start when none is given.</summary>
    internal double DefaultRate => Objective.Traits().LanguageRate;

    /// <summary>Most predictions computed together; fewer where a text has so few words that many would step one row.</summary>
    public int BatchSize => Batch > 0 ? Batch : Objective.Traits().StepsEveryRow ? 48 : Position == PositionKind.Full ? 1020 : 200;

    /// <summary>Noise words drawn for each prediction or set when so many predictions share one.</summary>
    internal int DrawsOf(int sharing) => NoiseDraws > 0 ? NoiseDraws : sharing == 1 ? K : Math.Max(64, K);

    /// <summary>Rejects values outside their range.</summary>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public void Validate()
    {
        Throw.UnlessInRange("--context", Before, After == 0 ? 1 : 0, 1_000);
        Throw.UnlessInRange("--context-after", After, 0, 1_000);
        Throw.UnlessInRange("--dim", Dim, 1, 65_536);
        Throw.UnlessInRange("--k", K, 1, 100_000);
        Throw.UnlessInRange("--noise-draws", NoiseDraws, 0, 100_000);
        Throw.UnlessInRange("--noise-sharing", NoiseSharing, 1, 65_536);
        Throw.UnlessInRange("--noise-power", NoisePower, 0, 2);
        Throw.UnlessInRange("--epochs", Epochs, 1, 10_000);
        Throw.UnlessInRange("--lr", StartRate, 1e-9, 10);
        Throw.UnlessInRange("--position-rate", PositionRate, 0, 10);
        Throw.UnlessInRange("--weight-decay", WeightDecay, 0, 1);
        Throw.UnlessInRange("--self-normalization", SelfNormalization, 0, 10);
        Throw.UnlessInRange("--batch", Batch, Batch == 0 ? 0 : 8, 65_536);
        Throw.UnlessInRange("--threads", Threads, 1, 1_024);
        if (SelfNormalization > 0 && Objective.Traits().IsBinary)
            Throw.Usage(FormattableString.Invariant($"--self-normalization is {SelfNormalization}, but {Objective} never computes Z; it is for ml and is, and nce normalises itself."));
        long draws = (long)Draws * Math.Max(NoiseSharing, (BatchSize + NoiseSharing - 1) / NoiseSharing);
        if (Objective.Traits().DrawsNoise && draws > MaxBatchDraws)
            Throw.Usage(FormattableString.Invariant($"{Draws:N0} noise words a prediction or set, --batch {BatchSize:N0} and --noise-sharing {NoiseSharing:N0} need {draws:N0} noise words or scores at once; allowed are {MaxBatchDraws:N0}. Lower --noise-draws, --k, --batch or --noise-sharing."));
        Corpus.Vocabulary.Validate();
        Probes.Validate();
        Sync.Validate();
    }

    /// <summary>Sizes and tables for a backend.</summary>
    /// <param name="vocabulary">The words, special ones included.</param>
    /// <param name="rank">Number of the process: with text of its own it draws for itself, for its blocks have the numbers of others.</param>
    internal LanguageModelSpec ToSpec(Vocabulary vocabulary, int rank = 0)
    {
        if (K > 10L * vocabulary.Count)
            Throw.Usage($"--k is {K:N0}, more than ten times the vocabulary of {vocabulary.Count:N0} words; with so much noise --objective ml is exact and cheaper.");
        int end = vocabulary.Find(Vocab.SpecialWords.EndOfSentence), unknown = ClosedVocabulary ? vocabulary.Find(Vocab.SpecialWords.Unknown) : -1;
        NoiseDistribution noise = CreateNoise(vocabulary);
        LanguageModelStepBound bound = LanguageModelStepBound.Of(this, vocabulary.Counts, Math.Max(1, vocabulary.Counts[end]), noise);
        return new LanguageModelSpec
        {
            Shape = new LanguageModelShape(vocabulary.Count, Dim, Before, After, Position, SharedRows, end, unknown),
            Objective = Objective,
            Normalizer = Normalizer,
            K = K,
            Draws = DrawsOf(bound.Sharing),
            Sharing = bound.Sharing,
            Noise = noise,
            Batch = bound.Batch,
            StartRate = (float)bound.Rate,
            PositionRate = (float)PositionRate,
            WeightDecay = (float)WeightDecay,
            SelfNormalization = (float)SelfNormalization,
            AdaGrad = Schedule == RateSchedule.AdaGrad,
            Seed = Sync.Shards == ShardMode.Own ? Seed + (ulong)rank : Seed,
        };
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
            Throw.Usage("The noise counts name no word of the vocabulary; give a file of lines 'word count' for this text.");
        return NoiseDistribution.FromWeights(weights);
    }
}
