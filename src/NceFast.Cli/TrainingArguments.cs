using System.CommandLine;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary>The options of <c>train</c> that become <see cref="WordVectorOptions"/>; defaults are those of the library.</summary>
internal sealed class TrainingArguments
{
    private const string Model = "Model", Objective = "Objective", Training = "Training", Vocabulary = "Vocabulary";
    private static readonly WordVectorOptions Defaults = new();

    private readonly Opt<ModelKind> _model = Opt.Choice("--model", Model, "What is predicted from what; for language models see 'ncefast train --model lbl --help'", Defaults.Model, ("skipgram", ModelKind.SkipGram), ("cbow", ModelKind.Cbow));
    private readonly Opt<int> _dim = Opt.Number("--dim", Model, "Floats a vector, 1 to 65,536", Defaults.Dim);
    private readonly Opt<int> _window = Opt.Number("--window", Model, "Largest reach to each side in words, 1 to 1,000; drawn from 1 to it at each word", Defaults.Window);

    private readonly Opt<ObjectiveKind> _objective = Opt.Choice("--objective", Objective, "True noise-contrastive estimation, or negative sampling", Defaults.Objective, ("nce", ObjectiveKind.Nce), ("neg", ObjectiveKind.Neg));
    private readonly Opt<int> _k = Opt.Number("--k", Objective, "Noise words a predicted word, 1 to 10,000", Defaults.K, "--negatives");
    private readonly Opt<NoiseKind> _noise = Opt.Choice("--noise", Objective, "Distribution of noise words", Defaults.Noise, ("unigram", NoiseKind.Unigram), ("uniform", NoiseKind.Uniform));
    private readonly Opt<double> _noisePower = Opt.Number("--noise-power", Objective, "Exponent of the unigram counts, 0 to 2", Defaults.NoisePower);
    private readonly Opt<int> _noiseSharing = Opt.Number("--noise-sharing", Objective, "Positions that share one set of noise words, 1 to 1,024; 1 draws own ones for every prediction and is slower", Defaults.NoiseSharing);
    private readonly Opt<int> _noiseDraws = Opt.Number("--noise-draws", Objective, "Noise words drawn for a shared set, 0 to 65,536; 0 for 24 (nce) or 40 (neg) for every five of k", Defaults.NoiseDraws);
    private readonly Opt<NormalizerKind> _normalizer = Opt.Choice("--normalizer", Objective, "log Z of nce: a constant, one learned number, or one a context", Defaults.Normalizer, ("fixed", NormalizerKind.Fixed), ("learned", NormalizerKind.Learned), ("per-context", NormalizerKind.PerContext));
    private readonly Opt<double> _logZ = Opt.Number("--log-z", Objective, "log Z at the start (for ever when fixed), nats, -100 to 100", Defaults.LogZ);

    private readonly Opt<int> _epochs = Opt.Number("--epochs", Training, "Passes over the text, 1 to 10,000", Defaults.Epochs);
    private readonly Opt<double?> _lr = Opt.Optional<double>("--lr", Training, "Learning rate at the start; falls linearly to 1e-4 of it", "0.04; 0.06 for neg, 0.1 for cbow");
    private readonly Opt<double> _subsample = Opt.Number("--subsample", Training, "Threshold of the removal of frequent words, 0 (keep all) to 1", Defaults.Subsample);
    private readonly Opt<ulong> _seed = Opt.Number("--seed", Training, "Seed of every random draw; with --threads 1 the same seed gives the same bytes", Defaults.Seed);

    private readonly Opt<string?> _vocabIn = Opt.Path("--vocab-in", Vocabulary, "FILE", "Use this vocabulary (lines 'word count') and do not count", PathUse.Input);
    private readonly VocabularyArguments _limits = new();

    private readonly MachineArguments _machine = new(Defaults.Threads);
    private readonly SyncArguments _sync = new();

    public IEnumerable<Option> All =>
    [
        _model, _dim, _window,
        _objective, _k, _noise, _noisePower, _noiseSharing, _noiseDraws, _normalizer, _logZ,
        _epochs, _lr, _subsample, _seed,
        _vocabIn, .. _limits.All,
        .. _machine.All, .. _sync.All,
    ];

    /// <summary>The vocabulary file to read, if any.</summary>
    public string? VocabularyIn(ParseResult parsed) => parsed.GetValue(_vocabIn);

    /// <summary>Floats a vector.</summary>
    public int Dim(ParseResult parsed) => parsed.GetValue(_dim);

    /// <summary>The options as given; the vocabulary file is not read yet.</summary>
    /// <exception cref="NceFastException">An option is outside its range.</exception>
    /// <param name="parsed">The command line.</param>
    /// <param name="threads">Threads unless they are given.</param>
    public WordVectorOptions Read(ParseResult parsed, int? threads = null)
    {
        var options = new WordVectorOptions
        {
            Model = parsed.GetValue(_model),
            Objective = parsed.GetValue(_objective),
            Dim = parsed.GetValue(_dim),
            Window = parsed.GetValue(_window),
            K = parsed.GetValue(_k),
            Noise = parsed.GetValue(_noise),
            NoisePower = parsed.GetValue(_noisePower),
            NoiseSharing = parsed.GetValue(_noiseSharing),
            NoiseDraws = parsed.GetValue(_noiseDraws),
            Normalizer = parsed.GetValue(_normalizer),
            LogZ = parsed.GetValue(_logZ),
            Subsample = parsed.GetValue(_subsample),
            Epochs = parsed.GetValue(_epochs),
            LearningRate = parsed.GetValue(_lr),
            Threads = _machine.Threads(parsed, threads),
            Seed = parsed.GetValue(_seed),
            Device = _machine.Device(parsed),
            HostKernels = _machine.HostKernels(parsed),
            Sync = _sync.Read(parsed),
            Corpus = _machine.Corpus(parsed, _limits.Read(parsed)),
        };
        options.Validate();
        return options;
    }
}
