using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>One epoch of a language model's training.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Words">Words of text.</param>
/// <param name="Predictions">Predictions: words and, for left-to-right models, ends of sentences.</param>
/// <param name="Loss">Mean loss a prediction, nats, without weight decay.</param>
/// <param name="LearningRate">Learning rate at its end.</param>
/// <param name="Seconds">Time of its training, without validation.</param>
/// <param name="Validation">Validation after it; null without a validation text.</param>
public sealed record LanguageEpochReport(int Epoch, long Words, long Predictions, double Loss, double LearningRate, double Seconds, PerplexityResult? Validation)
{
    /// <summary>Words of text a second.</summary>
    public double WordsPerSecond => Words / Seconds;
}

/// <summary>A finished training of a language model in figures.</summary>
/// <param name="Device">Where it ran.</param>
/// <param name="VocabularyWords">Words that are predicted.</param>
/// <param name="Epochs">The epochs.</param>
/// <param name="BestEpoch">The epoch, from 0, whose parameters the model has.</param>
/// <param name="TrainingSeconds">Time for all epochs without validation, probes and checkpoints.</param>
/// <param name="ValidationSeconds">Time for validation, and for keeping the parameters that did best.</param>
/// <param name="ParameterBytes">Size of the parameters.</param>
public sealed record LanguageModelReport(
    string Device, int VocabularyWords, IReadOnlyList<LanguageEpochReport> Epochs, int BestEpoch, double TrainingSeconds, double ValidationSeconds, long ParameterBytes)
{
    /// <summary>What was read.</summary>
    public CorpusStatistics Corpus { get; init; } = new();

    /// <summary>Learning rate at the start that was used.</summary>
    public double LearningRate { get; init; }

    /// <summary>Noise words drawn for each prediction or set.</summary>
    public int NoiseDraws { get; init; }

    /// <summary>Predictions that shared a set of noise words.</summary>
    public int NoiseSharing { get; init; }

    /// <summary>Predictions that were computed together.</summary>
    public int Batch { get; init; }

    /// <summary>Time for counting words, 0 when a vocabulary was given.</summary>
    public double VocabularySeconds { get; init; }

    /// <summary>Time for probes beside validation.</summary>
    public double ProbeSeconds { get; init; }

    /// <summary>Time for checkpoints.</summary>
    public double CheckpointSeconds { get; init; }

    /// <summary>Time that earlier processes of the same training took, part of the times above; 0 unless it was resumed.</summary>
    public double EarlierSeconds { get; init; }

    /// <summary>Words of text a second over all epochs, validation not counted.</summary>
    public double WordsPerSecond => Epochs.Sum(e => e.Words) / TrainingSeconds;
}

/// <summary>Trains log-bilinear language models.</summary>
/// <param name="options">Everything that decides the training.</param>
/// <param name="catalog">The devices; null for those of the library itself.</param>
/// <param name="logger">Takes warnings and the course of the training.</param>
/// <param name="ranks">The processes that train together, each with a trainer of its own; null for this one alone. The caller completes it.</param>
public sealed class LanguageModelTrainer(LanguageModelOptions options, BackendCatalog? catalog = null, ILogger? logger = null, ICommunicator? ranks = null)
{
    // Four times the blocks of word vectors, whose rows drift apart less: see Distribution/DESIGN.md.
    private readonly SyncOptions _sync = options.Sync with { EpochBlocks = 400 };
    private readonly ICommunicator _ranks = ranks ?? new SoloCommunicator();
    private readonly BackendCatalog _catalog = catalog ?? new BackendCatalog();
    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <summary>Called when the words are counted and before the training begins. An exception from it ends the training. May be null.</summary>
    public Action<ModelOutline>? Counted { get; init; }

    /// <summary>Trains a model.</summary>
    /// <param name="source">The text.</param>
    /// <param name="validation">Text whose perplexity steers the schedule and chooses the epoch that is kept; null for none.</param>
    /// <param name="progress">Told a few times a second; may be null.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <param name="checkpoints">Where and how often to save the training, or where to go on; null for no checkpoints.</param>
    /// <returns>The model and its report.</returns>
    /// <exception cref="NceFastException">An option, the text, the memory or the folder of checkpoints does not serve.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a <see cref="TrainingStoppedException"/> when it is saved.</exception>
    public (LanguageModel Model, LanguageModelReport Report) Train(
        CorpusSource source, string? validation, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, CheckpointOptions? checkpoints = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        options.Validate();
        RankLayout layout = RankLayout.Of(_ranks);
        DeviceList devices = DeviceList.Parse(options.Device, options.Threads, _catalog, layout.LocalRank); // a wrong device is found before the text is read
        SimdCatalog.Use(options.HostKernels);
        EnsureValidation(validation, cancellation);
        Probe.EnsureMeasurable(options.Probes, validation, _ranks);
        _ranks.EnsureAlike("What is trained", (options with { Device = "", Threads = 1, HostKernels = null, Corpus = new() }).ToString(), "Give all ranks the same options.");
        CorpusOptions corpusOptions = options.Corpus with { SpecialWords = options.ClosedVocabulary ? SpecialWordsMode.Closed : SpecialWordsMode.Open, ShuffleSeed = options.Shuffle ? options.Seed : null };
        using CheckpointedTraining? run = CheckpointedTraining.Open(checkpoints, folder => Describe(folder, checkpoints!, source, validation), _ranks, _logger, cancellation);
        using PriorModel? prior = run?.Found is null ? PriorModel.Open(options.From, CheckpointHeader.Language, options.Corpus.VocabularyIn is not null, cancellation) : null;
        using TrainingText text = TrainingText.Prepare(source, corpusOptions with { VocabularyBase = prior?.Vocabulary }, _sync, devices.Devices.Count, _ranks, devices.Workers, options.Epochs, run?.Found, progress, _logger, cancellation);
        LanguageModelSpec spec = options.ToSpec(text.Vocabulary, _ranks.Rank);
        StepLog.Tell(_logger, options.LearningRate, options.DefaultRate, spec.StartRate, options.Objective.Traits().DrawsNoise ? options.NoiseSharing : 1, spec.Sharing);
        Forecast(spec, text.Blocks.Words, SyncPlan.ParameterCopies(devices.Devices.Count, _ranks, layout.LocalSize) + layout.LocalSize);
        var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        var model = new LanguageModel(text.Vocabulary, parameters);
        try
        {
            using var best = new BestModel(model, validation, spec.StartRate, options.Schedule, _ranks);
            if (run?.Found is { } saved)
                saved.ReadModel(parameters.Tables, best);
            else
                parameters.Initialize(options.Seed, text.Vocabulary.Counts);
            prior?.CopyTo(parameters.Tables, text.Vocabulary, null);
            Counted?.Invoke(new ModelOutline(text.Vocabulary, CheckpointContent.EstimateBytes([.. parameters.Tables, .. best.Tables], text.State), LanguageModelFile.Bytes(model)));
            Probe.EnsureMeasurable(options.Probes, model, validation, _ranks);
            using ReplicaSet replicas = CreateReplicas(devices, parameters, spec, best);
            Probe? probe = Probe.Of(options.Probes, model, validation) is { } measure ? new Probe(replicas.Backends, options.Probes.Every, validation is null, measure) : null;
            DivergenceCheck divergence = CreateCheck(spec, text);
            TrainingLoop loop = CreateLoop(spec, divergence, replicas, Plan(spec, text), text, best, probe, run?.CreateCheckpointer(text, parameters.Tables, best), cancellation);
            loop.Run(progress, cancellation);
            int kept = best.Restore() ?? best.Reports.Count - 1;
            divergence.Check(parameters.Tables);
            var report = new LanguageModelReport(
                replicas.Describe(_ranks), spec.Shape.Words, best.Reports, kept, best.Reports.Sum(r => r.Seconds), loop.Paused.Validation, LanguageModelParameters.Bytes(spec.Shape))
            {
                Corpus = RankedCorpus.Statistics(text.Statistics, options.Corpus.VocabularyIn is null, _ranks),
                LearningRate = spec.StartRate,
                NoiseDraws = spec.Draws,
                NoiseSharing = spec.Sharing,
                Batch = spec.Batch,
                VocabularySeconds = text.CountingSeconds,
                ProbeSeconds = loop.Paused.Probe,
                CheckpointSeconds = loop.Paused.Checkpoint,
                EarlierSeconds = text.EarlierSeconds,
            };
            return (model, report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Says what a training would take, without writing anything: the words are counted, and a copy of the model is trained for some seconds. Validation is not counted.</summary>
    /// <param name="source">The text.</param>
    /// <param name="validation">Text that the training would be validated on; null for none.</param>
    /// <param name="progress">Told a few times a second how far the counting is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="NceFastException">An option, the text or the memory does not serve.</exception>
    public TrainingForecast Forecast(CorpusSource source, string? validation = null, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options.Validate();
        EnsureValidation(validation, cancellation);
        Probe.EnsureMeasurable(options.Probes, validation, _ranks);
        Forecaster.EnsureOneProcess(_ranks);
        DeviceList devices = DeviceList.Parse(options.Device, options.Threads, _catalog, 0);
        CorpusOptions corpus = Forecaster.WithoutCache(options.Corpus, source) with { SpecialWords = options.ClosedVocabulary ? SpecialWordsMode.Closed : SpecialWordsMode.Open };
        using PriorModel? prior = PriorModel.Open(options.From, CheckpointHeader.Language, corpus.VocabularyIn is not null, cancellation);
        using TrainingText text = TrainingText.Prepare(source, corpus with { VocabularyBase = prior?.Vocabulary }, _sync, devices.Devices.Count, _ranks, devices.Workers, options.Epochs, null, progress, _logger, cancellation);
        LanguageModelSpec spec = options.ToSpec(text.Vocabulary, 0);
        Forecast(spec, text.Blocks.Words, SyncPlan.ParameterCopies(devices.Devices.Count, _ranks, 1) + 1);
        using var model = new LanguageModel(text.Vocabulary, new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad));
        model.Parameters.Initialize(options.Seed, text.Vocabulary.Counts);
        prior?.CopyTo(model.Parameters.Tables, text.Vocabulary, null);
        using var best = new BestModel(model, validation, spec.StartRate, options.Schedule, _ranks);
        long inUse = Forecaster.MemoryInUse();
        using ReplicaSet replicas = CreateReplicas(devices, model.Parameters, spec, best);
        return Forecaster.Run(CreateLoop(spec, CreateCheck(spec, text), replicas, Plan(spec, text), text, best, null, null, cancellation), text, source, options.Corpus, best.Tables, inUse, cancellation);
    }

    private void EnsureValidation(string? validation, CancellationToken cancellation)
    {
        if (validation is not null && _ranks.Rank == 0)
            SentenceReader.EnsureReadable(validation, "The validation text", cancellation);
        if (options.Schedule == RateSchedule.Halving && validation is null)
            Throw.Usage("--schedule halving needs a validation text; name one with --valid, or take --schedule linear.");
    }

    private ReplicaSet CreateReplicas(DeviceList devices, LanguageModelParameters parameters, LanguageModelSpec spec, BestModel best) =>
        ReplicaSet.Create(devices, parameters, p => p.Tables, () => new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad), (device, p) =>
            _catalog.Create(device.Id, new LanguageModelRequest(spec, p, device.Threads, options.HostKernels) { ToleratesDivergence = () => best.Exists }));

    private SyncPlan Plan(LanguageModelSpec spec, TrainingText text) =>
        new(_sync, RowRanking.Of(spec, text.Vocabulary), _ranks, text.Vocabulary.TotalWords, _logger);

    private CheckpointHeader Describe(string folder, CheckpointOptions checkpoints, CorpusSource source, string? validation)
    {
        List<InputFingerprint> inputs = [.. source.Fingerprints()];
        if (validation is not null)
            inputs.Add(InputFingerprint.Of(validation));
        return new CheckpointHeader(CheckpointHeader.Version, CheckpointHeader.Language, folder, checkpoints.Application, OptionTable.Of(options), inputs);
    }

    private DivergenceCheck CreateCheck(LanguageModelSpec spec, TrainingText text) =>
        new(UntrainedLoss.Of(spec, text.Vocabulary.Counts), FormattableString.Invariant($"Lower --lr (now {spec.StartRate}) or --position-rate (now {options.PositionRate}); up to {2 * options.DefaultRate} and 0.02 they are stable with every other setting."));

    private TrainingLoop CreateLoop(LanguageModelSpec spec, DivergenceCheck divergence, ReplicaSet replicas, SyncPlan sync, TrainingText text, BestModel best, Probe? probe, Checkpointer? checkpointer, CancellationToken cancellation)
    {
        TrainingLoop? loop = null;
        return loop = new TrainingLoop
        {
            Replicas = replicas,
            Sync = sync,
            Blocks = text.Blocks,
            Epochs = options.Epochs,
            Rate = epochs => Rate(spec, best, epochs),
            Divergence = divergence,
            ToleratesDivergence = () => best.Exists, // its rate is halved instead
            WithoutPrediction = epoch => FormattableString.Invariant($"Epoch {epoch.Epoch + 1} of {options.Epochs} made no prediction: of {epoch.Words:N0} words of text, {epoch.Tokens:N0} are in the vocabulary of {text.Vocabulary.Count:N0}. Give a vocabulary and a text that belong together; spelling and case must agree."),
            Meter = new RunMeter("lbl", options.Objective.ToString().ToLowerInvariant()),
            Probe = probe,
            EpochEnded = Validate,
            Start = text.Start,
            Checkpointer = checkpointer,
        };

        EpochDecision Validate(EpochReport epoch, PassState state)
        {
            PerplexityResult? validated = best.Validate(epoch, state.LearningRate, cancellation);
            if (validated is not null && _ranks.Rank == 0)
                loop!.Tell(state, Probe.Figures(options.Probes, best.Model, validated, CancellationToken.None));
            LanguageModelLog.Epoch(_logger, epoch.Epoch + 1, epoch.Loss, state.LearningRate, epoch.WordsPerSecond / 1e6);
            if (validated is not null)
                LanguageModelLog.Validated(_logger, epoch.Epoch + 1, validated.Perplexity, validated.LogZMean);
            return best.IsOver ? EpochDecision.End : best.WentBack ? EpochDecision.Reload : EpochDecision.GoOn;
        }
    }

    private float Rate(LanguageModelSpec spec, BestModel best, double epochsDone) => options.Schedule switch
    {
        RateSchedule.Halving => (float)best.Rate,
        _ => (float)LinearSchedule.Rate(spec.StartRate, epochsDone / options.Epochs),
    };

    // The exact softmax is the one objective whose time may surprise: it is told before it is spent.
    private void Forecast(LanguageModelSpec spec, long words, int copies)
    {
        long need = copies * LanguageModelParameters.Bytes(spec.Shape), have = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (need > have - (256 << 20))
            Throw.Memory($"A model of {spec.Shape.Words:N0} words at dim {spec.Shape.Dim} needs {need:N0} bytes ({copies} copies: the best so far and, with several replicas, theirs), and this machine has {have:N0}. Lower --dim or --max-vocab, or raise --min-count.");
        if (spec.Objective.Traits().DrawsNoise || words < 0)
            return;
        double work = 8.0 * spec.Shape.Words * spec.Shape.Dim * words, seconds = work / (50e9 * options.Threads);
        if (seconds > 60)
            LanguageModelLog.Slow(_logger, work, seconds / 60);
    }
}

internal static partial class LanguageModelLog
{
    [LoggerMessage(31, LogLevel.Information, "Epoch {Epoch}: loss {Loss:F4}, learning rate {Rate:G3}, {Speed:F3} million words/s.")]
    public static partial void Epoch(ILogger logger, int epoch, double loss, double rate, double speed);

    [LoggerMessage(33, LogLevel.Information, "Epoch {Epoch}: validation perplexity {Perplexity:F2}, mean |log Z| {LogZ:F3}.")]
    public static partial void Validated(ILogger logger, int epoch, double perplexity, double logZ);

    [LoggerMessage(32, LogLevel.Warning, "The exact softmax takes about {Work:G3} floating-point operations an epoch here, some {Minutes:F0} minutes an epoch on this machine; --objective nce takes a small part of that.")]
    public static partial void Slow(ILogger logger, double work, double minutes);
}
