using System.CommandLine;
using System.CommandLine.Parsing;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Specifies what the option <c>--model</c> names.</summary>
internal enum ModelChoice
{
    /// <summary>Skip-gram word vectors.</summary>
    SkipGram,

    /// <summary>CBOW word vectors.</summary>
    Cbow,

    /// <summary>A log-bilinear language model.</summary>
    LogBilinear,
}

/// <summary>The options that decide what is trained and how large it is; <c>train</c> and <c>devices</c> have them.</summary>
internal sealed class ModelArguments
{
    /// <summary>The groups in the help text whose options only one kind of model has.</summary>
    public const string OnlyVectors = "Only with --model skipgram or cbow", OnlyLanguage = "Only with --model lbl";

    private const string Model = "Model", Objective = "Objective";
    private static readonly WordVectorOptions Vectors = new();
    private static readonly LanguageModelOptions Language = new();
    private static readonly (string Name, ObjectiveKind Value)[] Objectives = [("nce", ObjectiveKind.Nce), ("neg", ObjectiveKind.Neg), ("ml", ObjectiveKind.MaximumLikelihood), ("is", ObjectiveKind.ImportanceSampling), ("rank", ObjectiveKind.RankingNce), ("infonce", ObjectiveKind.RankingNce)];

    private static readonly (string Name, WindowDrawKind Value)[] Draws = [("uniform", WindowDrawKind.Uniform), ("fixed", WindowDrawKind.Fixed)];

    private readonly Opt<ModelChoice> _model = Opt.Choice("--model", Model, "Skip-gram or CBOW word vectors, or a log-bilinear language model", ModelChoice.SkipGram, ("skipgram", ModelChoice.SkipGram), ("cbow", ModelChoice.Cbow), ("lbl", ModelChoice.LogBilinear))
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.Model));
    private readonly Opt<int> _dim = Opt.Number("--dim", Model, "Number of floats per vector, 1 to 65,536", Vectors.Dim)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Dim)).Also("--vector-size", "--size");

    private readonly Opt<ObjectiveKind> _objective = Opt.Choice("--objective", Objective, "Noise-contrastive estimation, negative sampling, or ranking NCE (rank, infonce); with --model lbl also maximum likelihood, or importance sampling with a biased estimate of Z", ObjectiveKind.Nce, Objectives)
        .Fills<TrainingOptions>(nameof(TrainingOptions.Objective));
    private readonly Opt<int?> _k = Opt.Optional<int>("--k", Objective, "Number of noise words per predicted word, 1 to 10,000; to 100,000 with --model lbl", Each(Vectors.K, Language.K), "--negatives")
        .Fills<TrainingOptions>(nameof(TrainingOptions.K)).Also("--negative");
    private readonly Opt<int?> _sharing = Opt.Optional<int>("--noise-sharing", Objective, "Number of predicted positions that share a set of noise words, 1 to 1,024; to 65,536 with --model lbl; 1 draws separate noise words for every prediction, which is slower", Each(Vectors.NoiseSharing, Language.NoiseSharing))
        .Fills<TrainingOptions>(nameof(TrainingOptions.NoiseSharing));
    private readonly Opt<int> _setSize = Opt.Number("--noise-draws", Objective, "Number of noise words in a set, weighted so that they count as k; 0 for 24 (nce, rank) or 40 (neg) for every five of k, with --model lbl for k, or at least 64 if shared", Vectors.NoiseSetSize)
        .Fills<TrainingOptions>(nameof(TrainingOptions.NoiseSetSize)).Fills<LanguageModelOptions>(nameof(LanguageModelOptions.EffectiveNoiseSetSize));
    private readonly Opt<NormalizerKind> _normalizer = Opt.Choice("--normalizer", Objective, "log Z of nce: a constant (0 with --model lbl), one learned number, or one learned number per context", Vectors.Normalizer, ("fixed", NormalizerKind.Fixed), ("learned", NormalizerKind.Learned), ("per-context", NormalizerKind.PerContext))
        .Fills<TrainingOptions>(nameof(TrainingOptions.Normalizer));

    private readonly Opt<int> _window = Opt.Number("--window", OnlyVectors, "Maximum reach of the window to each side in words, 1 to 1,000", Vectors.Window)
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.Window));
    private readonly Opt<WindowDrawKind> _windowDraw = Opt.Choice("--window-draw", OnlyVectors, "Reach of each window: drawn from 1 to --window for each word, so that near words count more (uniform), or always --window (fixed, as --baskets needs it)", Vectors.EffectiveWindowDraw, Draws)
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.WindowDraw));
    private readonly Opt<bool> _baskets = Opt.Flag("--baskets", OnlyVectors, "Each line is a basket, whose words have no order: put them into a random order in each epoch, and take windows with --window-draw fixed")
        .Fills<WordVectorOptions>(nameof(WordVectorOptions.Baskets));

    private readonly Opt<int> _before = Opt.Number("--context", OnlyLanguage, "Number of context words before the predicted word", Language.Before)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.Before));
    private readonly Opt<int> _after = Opt.Number("--context-after", OnlyLanguage, "Number of context words after the predicted word; if above 0, ends of sentences are not predicted", Language.After)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.After));
    private readonly Opt<PlaceWeightKind> _position = Opt.Choice("--position", OnlyLanguage, "What the vector of a context word is multiplied by, depending on its place: a matrix, a vector, or nothing", Language.PlaceWeights, ("full", PlaceWeightKind.Full), ("diagonal", PlaceWeightKind.Diagonal), ("none", PlaceWeightKind.None))
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.PlaceWeights));
    private readonly Opt<bool> _shared = Opt.Flag("--shared-rows", OnlyLanguage, "Use the same row for a word as context and as target")
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.SharedRows));
    private readonly Opt<Answer> _closed = Opt.Either("--vocabulary", OnlyLanguage, "Predict words outside the vocabulary as <unk> (closed), or omit them (open)", Language.ClosedVocabulary, "closed", "open")
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.ClosedVocabulary));
    private readonly Opt<int> _batch = Opt.Number("--batch", OnlyLanguage, "Number of predictions computed together; 0 for 1,020 with --position full, else 200, or 48 for ml", Language.Batch)
        .Fills<LanguageModelOptions>(nameof(LanguageModelOptions.Batch)).Fills<LanguageModelOptions>(nameof(LanguageModelOptions.EffectiveBatch));

    /// <summary>Gets all options, those of one kind of model last.</summary>
    public IEnumerable<Option> All => [_model, _dim, _objective, _k, _sharing, _setSize, _normalizer, _window, _windowDraw, _baskets, _before, _after, _position, _shared, _closed, _batch];

    /// <summary>Describes a default that differs between word vectors and language models.</summary>
    public static string Each<T>(T vectors, T language) => FormattableString.Invariant($"{vectors}; {language} for lbl");

    /// <summary>Reads the options of the chosen model; others have their defaults.</summary>
    /// <exception cref="NceFastException">An option of another kind of model is given, or the objective is of another kind (<see cref="ErrorKind.Usage"/>).</exception>
    public TrainingOptions Read(ParseResult parsed)
    {
        ModelChoice model = parsed.GetValue(_model);
        EnsureOnlyOwn(parsed, model);
        return model == ModelChoice.LogBilinear ? ReadLanguage(parsed) : ReadVectors(parsed, model == ModelChoice.Cbow ? ModelKind.Cbow : ModelKind.SkipGram);
    }

    /// <summary>Gets the names of the model and the objective on the command line.</summary>
    public static (string Model, string Objective) NamesOf(TrainingOptions options) =>
        (options is WordVectorOptions vectors ? vectors.Model == ModelKind.Cbow ? "cbow" : "skipgram" : "lbl", Objectives.First(row => row.Value == options.Objective).Name);

    /// <summary>Gets the name of a kind of windows on the command line.</summary>
    public static string NameOf(WindowDrawKind draw) => Draws.First(row => row.Value == draw).Name;

    /// <summary>Gets whether an option concerns a training.</summary>
    public static bool Concerns(Option option, TrainingOptions options) =>
        (option as IHelped)?.Group != (options is WordVectorOptions ? OnlyLanguage : OnlyVectors);

    private static void EnsureOnlyOwn(ParseResult parsed, ModelChoice model)
    {
        bool isLanguage = model == ModelChoice.LogBilinear;
        string other = isLanguage ? OnlyVectors : OnlyLanguage;
        string[] wrong = [.. parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit && (o.Option as IHelped)?.Group == other).Select(o => o.Option.Name)];
        if (wrong.Length == 0)
            return;
        string name = isLanguage ? "lbl" : model == ModelChoice.Cbow ? "cbow" : "skipgram", remedy = isLanguage ? "--model skipgram or cbow" : "--model lbl";
        throw new NceFastException(ErrorKind.Usage, $"{string.Join(", ", wrong)} cannot be given with --model {name}; only {remedy} has {(wrong.Length == 1 ? "this option" : "these options")}. Leave {(wrong.Length == 1 ? "it" : "them")} out, or choose {remedy}.");
    }

    private WordVectorOptions ReadVectors(ParseResult parsed, ModelKind model) => new()
    {
        Model = model,
        Objective = parsed.GetValue(_objective),
        Dim = parsed.GetValue(_dim),
        K = parsed.GetValue(_k) ?? Vectors.K,
        NoiseSharing = parsed.GetValue(_sharing) ?? Vectors.NoiseSharing,
        NoiseSetSize = parsed.GetValue(_setSize),
        Normalizer = parsed.GetValue(_normalizer),
        Window = parsed.GetValue(_window),
        WindowDraw = parsed.GetResult(_windowDraw) is { Implicit: false } ? parsed.GetValue(_windowDraw) : null,
        Baskets = parsed.GetValue(_baskets),
    };

    private LanguageModelOptions ReadLanguage(ParseResult parsed) => new()
    {
        Objective = parsed.GetValue(_objective),
        Dim = parsed.GetValue(_dim),
        K = parsed.GetValue(_k) ?? Language.K,
        NoiseSharing = parsed.GetValue(_sharing) ?? Language.NoiseSharing,
        NoiseSetSize = parsed.GetValue(_setSize),
        Normalizer = parsed.GetValue(_normalizer),
        Before = parsed.GetValue(_before),
        After = parsed.GetValue(_after),
        PlaceWeights = parsed.GetValue(_position),
        SharedRows = parsed.GetValue(_shared),
        ClosedVocabulary = parsed.GetValue(_closed),
        Batch = parsed.GetValue(_batch),
    };
}
