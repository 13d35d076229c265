using System.CommandLine;
using NceFast.Blocks;
using NceFast.Files;
using NceFast.Sampling;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> that become <see cref="TrainingOptions"/>. Defaults are those of the library.</summary>
internal sealed class TrainingArguments
{
    private const string Objective = "Objective", Training = "Training", OnlyVectors = ModelArguments.OnlyVectors, OnlyLanguage = ModelArguments.OnlyLanguage;
    private const string Unigram = "unigram", Uniform = "uniform", Bigram = "bigram";
    private static readonly WordVectorOptions Vectors = new();
    private static readonly LanguageModelOptions Language = new();

    private readonly ModelArguments _model = new();
    private readonly Opt<string?> _noise = new Opt<string?>("--noise", Objective, Unigram)
    {
        Description = "Distribution of noise words; only with --model lbl: bigram, by the previous word, and FILE with lines 'word count'",
        HelpName = $"{Unigram}|{Uniform}|{Bigram}|FILE",
        DefaultValueFactory = _ => Unigram,
        Path = PathUse.Input,
    }.Fills<TrainingOptions>(nameof(TrainingOptions.Noise)).Fills<LanguageModelOptions>(nameof(LanguageModelOptions.NoiseCounts))
        .Shows($"{nameof(NoiseKind)}.{nameof(NoiseKind.Bigram)}", Bigram).Shows($"{nameof(NoiseKind)}.{nameof(NoiseKind.Unigram)}", Unigram);

    private readonly Opt<double?> _noisePower = Opt.Optional<double>("--noise-power", Objective, "Exponent of the counts that noise words are drawn by, 0 to 2", ModelArguments.Each(Vectors.NoisePower, Language.NoisePower))
        .Fills<TrainingOptions>(nameof(TrainingOptions.NoisePower));

    private readonly Opt<int> _epochs = Opt.Number("--epochs", Training, "Passes over the text, 1 to 10,000", Vectors.Epochs)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Epochs)).Also("--iter");
    private readonly Opt<double?> _lr = Opt.Optional<double>("--lr", Training, "Initial learning rate; decreases linearly to 1e-4 of this rate, unless --schedule says otherwise", "0.04; 0.03 for rank, 0.06 for neg, 0.1 for cbow, 0.05 for lbl, 0.03 for its ml; for vectors with adagrad 0.5, or 1 for cbow")
        .Fills<TrainingOptions>(nameof(TrainingOptions.LearningRate)).Also("--alpha");
    private readonly Opt<ulong> _seed = Opt.Number("--seed", Training, "Seed of all random numbers; with --threads 1, the same seed gives the same bytes", Vectors.Seed)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Seed));

    private readonly Opt<string?> _vocabIn = Opt.Path("--vocab-in", "Vocabulary", "FILE", "Use this vocabulary (lines 'word count') instead of counting words", PathUse.Input)
        .Fills<CorpusOptions>(nameof(CorpusOptions.VocabularyIn));
    private readonly VocabularyArguments _limits = new();
    private readonly MachineArguments _machine = new(Vectors.Threads);
    private readonly SyncArguments _sync = new();

    private readonly Opt<double> _logZ = Opt.Number("--log-z", OnlyVectors, "Initial log Z, which is permanent with --normalizer fixed, in nats, -100 to 100", Vectors.LogZ)
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.LogZ));
    private readonly Opt<double> _subsample = Opt.Number("--subsample", OnlyVectors, "Threshold of subsampling, which removes frequent words, 0 (keep all) to 1", Vectors.Subsample)
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.Subsample)).Also("--sample");

    private readonly Opt<double> _bigramWeight = Opt.Number("--bigram-weight", OnlyLanguage, "Factor of the bigrams in --noise bigram, 0 to 1; after a word with n occurrences and d distinct successors, their part is this factor times (n - d) / n", Language.BigramWeight)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.BigramWeight));
    private readonly Opt<long> _bigramMemory = Opt.Size("--bigram-memory", OnlyLanguage, "Memory for the bigrams of --noise bigram, in MiB or with suffix K, M or G (KiB, MiB, GiB), 1 MiB to 1,024 GiB; if it is too small, the rarest bigrams are dropped", Language.BigramMemoryBytes, $"{Language.BigramMemoryBytes >> 20}", isMebibytes: true)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.BigramMemoryBytes));
    private readonly Opt<string?> _bigramCounts = Opt.Path("--bigram-counts", OnlyLanguage, "FILE", "Counts for --noise bigram with lines 'previous word count', instead of those of the text; <s> and </s> are start and end of a sentence", PathUse.Input)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.BigramCounts));
    private readonly Opt<double> _penalty = Opt.Number("--self-normalization", OnlyLanguage, "Weight of a penalty on (log Z)^2, for ml, is and rank", Language.SelfNormalization)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.SelfNormalization));
    private readonly Opt<RateSchedule> _schedule = Opt.Choice("--schedule", Training, "Learning rate: halved when the validation perplexity stops decreasing (with --model lbl and --valid), decreased linearly, or also adapted to each row", Language.Schedule, ("halving", RateSchedule.Halving), ("linear", RateSchedule.Linear), ("adagrad", RateSchedule.AdaGrad))
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.Schedule)).Fills<LanguageModelOptions>(nameof(LanguageModelOptions.Schedule));
    private readonly Opt<double> _placeRate = Opt.Number("--position-rate", OnlyLanguage, "Learning rate of the matrices or vectors of --position, as a factor of --lr", Language.PlaceRate)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.PlaceRate));
    private readonly Opt<double> _decay = Opt.Number("--weight-decay", OnlyLanguage, "Decay of the rows that are used in a prediction", Language.WeightDecay)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.WeightDecay));
    private readonly Opt<Answer> _shuffle = Opt.Either("--shuffle", OnlyLanguage, "Read blocks, and the sentences in them, from the cache in a new order in each epoch", Language.Shuffle)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.Shuffle));

    /// <summary>Gets all options; the help text puts them in groups.</summary>
    public IEnumerable<Option> All =>
    [
        .. _model.All, _noise, _noisePower, _epochs, _lr, _schedule, _seed, _vocabIn, .. _limits.All, .. _machine.All, .. _sync.All,
        _logZ, _subsample, _bigramWeight, _bigramMemory, _bigramCounts, _penalty, _placeRate, _decay, _shuffle,
    ];

    /// <summary>Reads the options as they are given; <see cref="Load"/> reads the files that they name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">Threads unless they are given.</param>
    /// <exception cref="NceFastException">An option is outside its range, or belongs to another kind of model (<see cref="ErrorKind.Usage"/>).</exception>
    public TrainingOptions Read(ParseResult parsed, int? threads)
    {
        TrainingOptions options = Complete(_model.Read(parsed), parsed) with
        {
            Noise = parsed.GetValue(_noise) switch { Uniform => NoiseKind.Uniform, Bigram => NoiseKind.Bigram, _ => NoiseKind.Unigram },
            Epochs = parsed.GetValue(_epochs),
            LearningRate = parsed.GetValue(_lr),
            Threads = _machine.Threads(parsed, threads),
            Seed = parsed.GetValue(_seed),
            Device = _machine.Device(parsed),
            HostKernels = _machine.HostKernels(parsed),
            Sync = _sync.Read(parsed),
            Corpus = _machine.Corpus(parsed, _limits.Read(parsed)),
        };
        if (options is WordVectorOptions && NoiseFile(parsed) is { } file)
            throw new NceFastException(ErrorKind.Usage, $"--noise is '{file}'; with --model {ModelArguments.NamesOf(options).Model} allowed are {Unigram}, {Uniform}.");
        options.Validate();
        return options;
    }

    /// <summary>Reads the vocabulary and the noise counts, where files are given.</summary>
    public TrainingOptions Load(TrainingOptions options, ParseResult parsed)
    {
        if (parsed.GetValue(_vocabIn) is { } vocabIn)
            options = options with { Corpus = options.Corpus with { VocabularyIn = Vocabulary.Load(vocabIn) } };
        return options is LanguageModelOptions language && NoiseFile(parsed) is { } noise ? language with { NoiseCounts = Vocabulary.Load(noise) } : options;
    }

    /// <summary>Adds the files that are read.</summary>
    public void AddFiles(FilesInUse files, ParseResult parsed)
    {
        files.AddInput(_vocabIn.Name, parsed.GetValue(_vocabIn));
        files.AddInput(_noise.Name, NoiseFile(parsed));
        files.AddInput(_bigramCounts.Name, parsed.GetValue(_bigramCounts));
    }

    private long BigramBytes(long bytes) => bytes is >= 1L << 20 and <= 1L << 40
        ? bytes
        : throw new NceFastException(ErrorKind.Usage, $"{_bigramMemory.Name} is {bytes:N0} bytes; allowed is 1 MiB to 1,024 GiB.");

    private string? NoiseFile(ParseResult parsed) => parsed.GetValue(_noise) is { } noise and not (Unigram or Uniform or Bigram) ? noise : null;

    private TrainingOptions Complete(TrainingOptions options, ParseResult parsed) => options switch
    {
        WordVectorOptions vectors => vectors with
        {
            NoisePower = parsed.GetValue(_noisePower) ?? Vectors.NoisePower,
            LogZ = parsed.GetValue(_logZ),
            Subsample = parsed.GetValue(_subsample),
            Schedule = parsed.GetValue(_schedule),
        },
        LanguageModelOptions language => language with
        {
            NoisePower = parsed.GetValue(_noisePower) ?? Language.NoisePower,
            BigramWeight = parsed.GetValue(_bigramWeight),
            BigramMemoryBytes = BigramBytes(parsed.GetValue(_bigramMemory)),
            BigramCounts = parsed.GetValue(_bigramCounts),
            SelfNormalization = parsed.GetValue(_penalty),
            Schedule = parsed.GetValue(_schedule),
            PlaceRate = parsed.GetValue(_placeRate),
            WeightDecay = parsed.GetValue(_decay),
            Shuffle = parsed.GetValue(_shuffle),
        },
        _ => options,
    };
}
