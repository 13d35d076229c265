using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Cli;

/// <summary><c>ncefast train INPUT... --model lbl --out MODEL</c>: trains a language model.</summary>
internal sealed class LmTrainVerb
{
    private const string Model = "Model", Objective = "Objective", Training = "Training";
    private static readonly LanguageModelOptions Defaults = new();

    private readonly Session _session;
    private readonly Argument<string[]> _inputs = CorpusInput.Argument();
    private readonly WatchArguments _watching = new();
    private readonly Opt<string?> _model = Opt.Text("--model", Model, "lbl", "lbl: a log-bilinear language model; for word vectors see 'ncefast train --help'", "lbl");
    private readonly Opt<int> _dim = Opt.Number("--dim", Model, "Floats a vector, 1 to 65,536", Defaults.Dim);
    private readonly Opt<int> _before = Opt.Number("--context", Model, "Context words before the predicted one", Defaults.Before);
    private readonly Opt<int> _after = Opt.Number("--context-after", Model, "Context words after it", Defaults.After);
    private readonly Opt<PositionKind> _position = Opt.Choice("--position", Model, "How a context word's vector depends on its place: by a matrix, by a vector, not at all", Defaults.Position, ("full", PositionKind.Full), ("diagonal", PositionKind.Diagonal), ("none", PositionKind.None));
    private readonly Opt<bool> _shared = Opt.Flag("--shared-rows", Model, "One row a word, both as context and as target");
    private readonly Opt<Answer> _closed = Opt.Either("--vocabulary", Model, "closed: words outside it are <unk>; open: they are left out", Defaults.ClosedVocabulary, "closed", "open");

    private readonly Opt<ObjectiveKind> _objective = Opt.Choice("--objective", Objective, "Noise-contrastive estimation, negative sampling, maximum likelihood, importance sampling", Defaults.Objective, ("nce", ObjectiveKind.Nce), ("neg", ObjectiveKind.Neg), ("ml", ObjectiveKind.MaximumLikelihood), ("is", ObjectiveKind.ImportanceSampling));
    private readonly Opt<int> _k = Opt.Number("--k", Objective, "Noise words a predicted word", Defaults.K, "--negatives");
    private readonly Opt<string?> _noise = NoiseOption();
    private readonly Opt<double> _noisePower = Opt.Number("--noise-power", Objective, "Exponent of the counts, 0 to 2", Defaults.NoisePower);
    private readonly Opt<int> _sharing = Opt.Number("--noise-sharing", Objective, "Predictions that share a set of noise words; 1 draws own ones for each", Defaults.NoiseSharing);
    private readonly Opt<int> _draws = Opt.Number("--noise-draws", Objective, "Noise words drawn for each prediction or set, each with weight k / draws; 0 for k, or at least 64 when shared", Defaults.NoiseDraws);
    private readonly Opt<NormalizerKind> _normalizer = Opt.Choice("--normalizer", Objective, "log Z of nce: 0, one learned number, or one a context", Defaults.Normalizer, ("fixed", NormalizerKind.Fixed), ("learned", NormalizerKind.Learned), ("per-context", NormalizerKind.PerContext));
    private readonly Opt<double> _penalty = Opt.Number("--self-normalization", Objective, "Weight of a penalty on (log Z)^2, for ml and is", Defaults.SelfNormalization);

    private readonly Opt<string?> _valid = Opt.Path("--valid", Training, "TEXT", "Validation text: steers the halving schedule and chooses the epoch that is kept", PathUse.Input);
    private readonly Opt<RateSchedule> _schedule = Opt.Choice("--schedule", Training, "Learning rate: halved when validation stops falling, falling linearly, or adapted by row", Defaults.Schedule, ("halving", RateSchedule.Halving), ("linear", RateSchedule.Linear), ("adagrad", RateSchedule.AdaGrad));
    private readonly Opt<int> _epochs = Opt.Number("--epochs", Training, "Passes over the text at most", Defaults.Epochs);
    private readonly Opt<double?> _lr = Opt.Optional<double>("--lr", Training, "Learning rate of rows and biases at the start", "0.05; 0.03 for ml");
    private readonly Opt<double> _positionRate = Opt.Number("--position-rate", Training, "Learning rate of position matrices as a factor of --lr", Defaults.PositionRate);
    private readonly Opt<double> _decay = Opt.Number("--weight-decay", Training, "Decay of the rows that take part in a prediction", Defaults.WeightDecay);
    private readonly Opt<int> _batch = Opt.Number("--batch", Training, "Predictions computed together; 0 for 1,020 with full position matrices, else 200, or 48 for ml", Defaults.Batch);
    private readonly Opt<Answer> _shuffle = Opt.Either("--shuffle", Training, "Blocks, and sentences within them, in a new order each epoch; needs the cache", Defaults.Shuffle);
    private readonly Opt<ulong> _seed = Opt.Number("--seed", Training, "Seed of every random draw; with --threads 1 the same seed gives the same bytes", Defaults.Seed);

    private readonly Opt<string?> _vocabIn = Opt.Path("--vocab-in", "Vocabulary", "FILE", "Use this vocabulary (lines 'word count') and do not count", PathUse.Input);
    private readonly VocabularyArguments _limits = new();
    private readonly MachineArguments _machine = new(Defaults.Threads);
    private readonly Opt<string?> _out = Opt.Path("--out", "Output", "FILE", "File to write the model to", PathUse.Output);
    private readonly CheckpointArguments _checkpoints = new();
    private readonly SyncArguments _sync = new();
    private readonly Opt<bool> _json = Opt.Json(), _quiet = Opt.Quiet(), _verbose = Opt.Verbose();

    private LmTrainVerb(Session session)
    {
        _session = session;
        _out.Required = true;
    }

    /// <summary>Whether a command line trains a language model rather than word vectors.</summary>
    public static bool IsMeant(string[] args)
    {
        int model = Array.IndexOf(args, "--model");
        return args.Contains("--model=lbl") || args.Contains("--model:lbl") || (model >= 0 && model + 1 < args.Length && args[model + 1] == "lbl");
    }

    public static Command Create(Session session)
    {
        var verb = new LmTrainVerb(session);
        var command = new Command("train", "Train a log-bilinear language model on a text") { verb._inputs };
        foreach (Option option in verb.All())
            command.Add(option);
        command.SetAction(verb.Run);
        return command;
    }

    private static Opt<string?> NoiseOption() => new("--noise", Objective, "unigram")
    {
        Description = "Distribution of noise words; FILE has lines 'word count'",
        HelpName = "unigram|uniform|FILE",
        DefaultValueFactory = _ => "unigram",
        Path = PathUse.Input,
    };

    private IEnumerable<Option> All() =>
    [
        _model, _dim, _before, _after, _position, _shared, _closed,
        _objective, _k, _noise, _noisePower, _sharing, _draws, _normalizer, _penalty,
        _valid, _schedule, _epochs, _lr, _positionRate, _decay, _batch, _shuffle, _seed,
        _vocabIn, .. _limits.All,
        .. _machine.All,
        .. _watching.All, .. _sync.All,
        _out, .. _checkpoints.All, _json, _quiet, _verbose,
    ];

    private int Run(ParseResult parsed)
    {
        var wall = Stopwatch.StartNew();
        Screen screen = _session.Screen;
        (screen.Quiet, screen.Verbose) = (parsed.GetValue(_quiet), parsed.GetValue(_verbose));
        RankLayout layout = _session.Connect(SyncArguments.Timeout(parsed));
        string? valid = parsed.GetValue(_valid);
        LanguageModelOptions options = Read(parsed, layout.Threads) with { Probes = _watching.Probes(parsed, valid) };
        options.Validate();
        string output = parsed.GetRequiredValue(_out)!;
        var source = CorpusSource.FromPaths(parsed.GetRequiredValue(_inputs), _session.Screen, _session.Cancellation);
        if (_session.IsFirst)
            CheckFiles(parsed, source, output, valid);
        var trainer = new LanguageModelTrainer(options with { From = _checkpoints.From(parsed) }, DeviceCatalog.Create(), screen, _session.Ranks)
        {
            Counted = _session.IsFirst ? outline => EnsureSpace(parsed, outline, options.Dim) : null,
        };
        if (_checkpoints.IsDryRun(parsed))
            return Forecast(parsed, trainer, source, valid, output);
        CheckpointOptions? checkpoints = _checkpoints.Read(parsed, _session);
        using Watch watch = Watch.Start(_session, _watching, parsed, Title(parsed, options), Effective(options), source.Names);
        LanguageModelReport report;
        TrainTimes times;
        try
        {
            (LanguageModel model, report) = trainer.Train(source, valid, watch, _session.Cancellation, checkpoints);
            screen.EndLine();
            using (model)
            {
                var clock = Stopwatch.StartNew();
                _session.WriteOnce(() => Write(model, output));
                if (!_session.IsFirst)
                    return ExitCode.Done;
                times = new TrainTimes(report.VocabularySeconds, report.TrainingSeconds, report.ValidationSeconds, report.ProbeSeconds, report.CheckpointSeconds, clock.Elapsed.TotalSeconds, wall.Elapsed.TotalSeconds + report.EarlierSeconds);
                watch.Done(Outcome(model, options, report, times));
            }
        }
        catch (Exception e) when (watch.Note(e))
        {
            throw;
        }

        LanguageEpochReport best = report.Epochs[report.BestEpoch];
        string validated = best.Validation is { } v ? FormattableString.Invariant($", validation perplexity {v.Perplexity:F2} after epoch {best.Epoch + 1}") : "";
        screen.Say(FormattableString.Invariant($"{output}: {report.VocabularyWords:N0} words, dim {options.Dim}, {report.Epochs.Count} epochs in {report.TrainingSeconds:F1} s ({report.WordsPerSecond / 1e6:F2} million words/s) on {report.Device}{validated}"));
        screen.Say($"corpus: {CorpusReport.Line(report.Corpus)}");
        screen.Say(times.Line);
        if (parsed.GetValue(_json))
            JsonReport.Write(json => WriteJson(json, options, report, times, output));
        return ExitCode.Done;
    }

    // Hours of training must not end in an output that could never be written.
    private void CheckFiles(ParseResult parsed, CorpusSource source, string output, string? valid)
    {
        string[] inputs = parsed.GetRequiredValue(_inputs);
        FilesInUse files = _session.Files;
        files.AddText(source, inputs);
        files.AddInput("--vocab-in", parsed.GetValue(_vocabIn));
        files.AddInput("--valid", valid);
        if (parsed.GetValue(_noise) is { } noise and not ("unigram" or "uniform"))
            files.AddInput("--noise", noise);
        _watching.AddFiles(files, parsed);
        _checkpoints.AddFiles(files, parsed);
        files.AddOutput("--out", output);
        _watching.CheckFolders(_session, inputs, parsed, _checkpoints.Folder(parsed));
        VerbFiles.WarnIfRead(_session, inputs, "--out", output);
        VectorFile.EnsureWritable(output);
        if (!_checkpoints.IsDryRun(parsed))
            files.Hold();
    }

    private void EnsureSpace(ParseResult parsed, ModelOutline model, int dim)
    {
        var space = new SpacePlan();
        space.Add(parsed.GetRequiredValue(_out)!, model.ModelFileBytes);
        _watching.AddSpace(space, parsed, model.Vocabulary.Count, dim);
        _checkpoints.AddSpace(space, parsed, model);
        space.Ensure(_session.Screen.Warn);
    }

    private void Write(LanguageModel model, string output)
    {
        var kept = new KeptModel(_session);
        kept.Write(() => model.Save(output), ".lbl", model.Save, path => "it is the wanted model under another name.");
        kept.Done();
    }

    private string Title(ParseResult parsed, LanguageModelOptions options) => FormattableString.Invariant(
        $"Language model: log-bilinear, {string.Concat(parsed.GetResult(_objective)?.Tokens.Select(t => t.Value) ?? []) switch { "" => "nce", var named => named }}, k {options.K}, dim {options.Dim}");

    private static Dictionary<string, RunValue> Effective(LanguageModelOptions options) => new()
    {
        ["--lr"] = options.StartRate,
        ["--noise-draws"] = options.Draws,
        ["--batch"] = options.BatchSize,
        ["--threads"] = options.Threads,
    };

    private static RunOutcome Outcome(LanguageModel model, LanguageModelOptions options, LanguageModelReport report, TrainTimes times)
    {
        LanguageEpochReport best = report.Epochs[report.BestEpoch];
        var results = new Dictionary<string, RunValue>
        {
            ["vocabularyWords"] = report.VocabularyWords,
            ["corpusWords"] = report.Corpus.Words,
            ["knownShare"] = report.Corpus.KnownShare,
            ["prunedWords"] = report.Corpus.PrunedWords,
            ["loss"] = best.Loss,
            ["wordsPerSecond"] = report.WordsPerSecond,
            ["bestEpoch"] = best.Epoch + 1,
            ["epochs"] = report.Epochs.Count,
            ["validationPerplexity"] = best.Validation?.Perplexity ?? double.NaN,
            ["parameterBytes"] = report.ParameterBytes,
        };
        Dictionary<string, RunValue> effective = Effective(options);
        (effective["--lr"], effective["--noise-sharing"], effective["--noise-draws"], effective["--batch"]) = ((float)report.LearningRate, report.NoiseSharing, report.NoiseDraws, report.Batch);
        if (MachineArguments.KernelsOf(report.Device) is { } kernels)
            effective["--host-kernels"] = kernels;
        return new RunOutcome(report.Device, results.Concat(times.Figures).Where(f => f.Value.Value is not null).ToDictionary(), effective, model.Vocabulary, model.Parameters.Context);
    }

    private int Forecast(ParseResult parsed, LanguageModelTrainer trainer, CorpusSource source, string? valid, string output)
    {
        TrainingForecast forecast = trainer.Forecast(source, valid, _session.Screen, _session.Cancellation);
        _session.Screen.EndLine();
        return new ForecastReport(forecast, [new PlannedOutput(output, forecast.ModelBytes, "language model"), _checkpoints.Planned(parsed, forecast)]).Tell(parsed.GetValue(_json));
    }

    private LanguageModelOptions Read(ParseResult parsed, int threads)
    {
        string noise = parsed.GetValue(_noise)!;
        string? vocabIn = parsed.GetValue(_vocabIn);
        return new LanguageModelOptions
        {
            Objective = parsed.GetValue(_objective),
            Before = parsed.GetValue(_before),
            After = parsed.GetValue(_after),
            Position = parsed.GetValue(_position),
            SharedRows = parsed.GetValue(_shared),
            ClosedVocabulary = parsed.GetValue(_closed),
            Dim = parsed.GetValue(_dim),
            K = parsed.GetValue(_k),
            NoiseDraws = parsed.GetValue(_draws),
            NoiseSharing = parsed.GetValue(_sharing),
            Noise = noise == "uniform" ? NoiseKind.Uniform : NoiseKind.Unigram,
            NoisePower = parsed.GetValue(_noisePower),
            NoiseCounts = noise is "uniform" or "unigram" ? null : Vocabulary.Load(noise),
            Normalizer = parsed.GetValue(_normalizer),
            SelfNormalization = parsed.GetValue(_penalty),
            Epochs = parsed.GetValue(_epochs),
            Schedule = parsed.GetValue(_schedule),
            LearningRate = parsed.GetValue(_lr),
            PositionRate = parsed.GetValue(_positionRate),
            WeightDecay = parsed.GetValue(_decay),
            Batch = parsed.GetValue(_batch),
            Threads = _machine.Threads(parsed, threads),
            Shuffle = parsed.GetValue(_shuffle),
            Seed = parsed.GetValue(_seed),
            Device = _machine.Device(parsed),
            HostKernels = _machine.HostKernels(parsed),
            Sync = _sync.Read(parsed),
            Corpus = _machine.Corpus(parsed, _limits.Read(parsed)) with { VocabularyIn = vocabIn is null ? null : Vocabulary.Load(vocabIn) },
        };
    }

    private static void WriteJson(Utf8JsonWriter json, LanguageModelOptions options, LanguageModelReport report, TrainTimes times, string output)
    {
        json.WriteString("out", output);
        json.WriteString("device", report.Device);
        json.WriteNumber("vocabularyWords", report.VocabularyWords);
        json.WriteNumber("dim", options.Dim);
        json.WriteNumber("noiseDraws", report.NoiseDraws);
        json.WriteNumber("parameterBytes", report.ParameterBytes);
        json.Figure("learningRate", (double)((RunValue)(float)report.LearningRate).Value!);
        times.WriteJson(json);
        json.Figure("wordsPerSecond", report.WordsPerSecond);
        CorpusReport.Write(json, report.Corpus);
        json.WriteNumber("bestEpoch", report.BestEpoch + 1);
        json.Array("epochs", report.Epochs, e => json.Object(null, () =>
        {
            json.WriteNumber("epoch", e.Epoch + 1);
            json.Figure("loss", e.Loss);
            json.Figure("learningRate", e.LearningRate);
            json.Figure("seconds", e.Seconds);
            json.Figure("wordsPerSecond", e.WordsPerSecond);
            if (e.Validation is { } v)
                json.Object("validation", () => LmEvalVerb.WriteJson(json, v));
        }));
    }
}
