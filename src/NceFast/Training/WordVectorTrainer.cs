using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Reporting;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Trains word vectors: the composition root where options become types.</summary>
/// <example>
/// <code>
/// var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 128 });
/// using TrainedModel model = trainer.Train(CorpusSource.FromPaths("corpus.txt"));
/// VectorFile.Write("vectors.bin", model.GetVectors(), VectorFormat.Word2VecBinary);
/// </code>
/// </example>
public sealed class WordVectorTrainer
{
    private readonly WordVectorOptions _options;
    private readonly BackendCatalog _catalog;
    private readonly ILogger _logger;
    private readonly ICommunicator _ranks;

    /// <summary>Creates a trainer.</summary>
    /// <param name="options">What to train.</param>
    /// <param name="catalog">The devices; null for those of the library itself.</param>
    /// <param name="logger">Takes what a user should know: forecasts, warnings, results.</param>
    /// <param name="ranks">The processes that train together, each with a trainer of its own; null for this one alone. The caller completes it.</param>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public WordVectorTrainer(WordVectorOptions options, BackendCatalog? catalog = null, ILogger? logger = null, ICommunicator? ranks = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _catalog = catalog ?? new BackendCatalog();
        _logger = logger ?? NullLogger.Instance;
        _ranks = ranks ?? new SoloCommunicator();
    }

    /// <summary>Called when the words are counted and before the training begins. An exception from it ends the training. May be null.</summary>
    public Action<ModelOutline>? Counted { get; init; }

    /// <summary>Reads the corpus and trains.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="progress">Told a few times a second how far it is.</param>
    /// <param name="cancellation">Ends the training after the blocks in work.</param>
    /// <param name="checkpoints">Where and how often to save the training, or where to go on; null for no checkpoints.</param>
    /// <returns>The model; dispose it.</returns>
    /// <exception cref="NceFastException">
    /// Bad input, an empty vocabulary, nothing to predict or to measure, too little memory, a device that is absent, a folder of
    /// checkpoints that does not serve.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled; a <see cref="TrainingStoppedException"/> when it is saved.</exception>
    public TrainedModel Train(CorpusSource source, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, CheckpointOptions? checkpoints = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        Probe.EnsureMeasurable(_options.Probes, null, _ranks);
        RankLayout layout = RankLayout.Of(_ranks);
        DeviceList devices = DeviceList.Parse(_options.Device, _options.Threads, _catalog, layout.LocalRank); // a wrong device is found before the text is read
        SimdCatalog.Use(_options.HostKernels);
        _ranks.EnsureAlike("What is trained", (_options with { Device = "", Threads = 1, HostKernels = null, Corpus = new() }).ToString(), "Give all ranks the same options.");
        using CheckpointedTraining? run = CheckpointedTraining.Open(checkpoints, folder => Describe(folder, checkpoints!, source), _ranks, _logger, cancellation);
        using PriorModel? prior = run?.Found is null ? PriorModel.Open(_options.From, CheckpointHeader.Vectors, _options.Corpus.VocabularyIn is not null, cancellation) : null;
        using TrainingText text = TrainingText.Prepare(source, _options.Corpus with { VocabularyBase = prior?.Vocabulary }, _options.Sync, devices.Devices.Count, _ranks, devices.Workers, _options.Epochs, run?.Found, progress, _logger, cancellation);
        WordVectorSpec spec = _options.ToSpec(text.Vocabulary.Counts, _ranks.Rank);
        StepLog.Tell(_logger, _options.LearningRate, _options.DefaultRate, spec.StartRate, _options.NoiseSharing, spec.Sharing);
        EnsureMemory(spec, SyncPlan.ParameterCopies(devices.Devices.Count, _ranks, layout.LocalSize));
        var parameters = new WordVectorParameters(spec);
        try
        {
            if (run?.Found is { } saved)
                saved.ReadModel(parameters.Tables, null);
            else
                parameters.Initialize(_options.Seed, text.Vocabulary.Counts);
            prior?.CopyTo(parameters.Tables, text.Vocabulary, spec.LogKNoise);
            Counted?.Invoke(new ModelOutline(text.Vocabulary, CheckpointContent.EstimateBytes(parameters.Tables, text.State), 0));
            using ReplicaSet replicas = CreateReplicas(devices, parameters, spec);
            WordVectorLog.Started(_logger, _options.Model, _options.Objective, spec.Words, spec.Dim, replicas.Describe(_ranks));
            Probe? probe = CreateProbe(replicas.Backends, spec, text.Vocabulary, parameters);
            DivergenceCheck divergence = CreateCheck(spec, text);
            TrainingLoop loop = CreateLoop(spec, divergence, replicas, Plan(spec, text), text, probe, run?.CreateCheckpointer(text, parameters.Tables, null));
            IReadOnlyList<EpochReport> epochs = loop.Run(progress, cancellation);
            divergence.Check(parameters.Tables);
            if (epochs.FirstOrDefault(e => e.Predictions == 0) is { } without) // others made some, or the loop had ended in an error
                WordVectorLog.EpochWithoutPrediction(_logger, epochs.Count(e => e.Predictions == 0), epochs.Count, NoPrediction(without, spec, text.Vocabulary));
            var report = new TrainingReport(
                replicas.Describe(_ranks),
                spec.Words,
                RankedCorpus.Statistics(text.Statistics, _options.Corpus.VocabularyIn is null, _ranks),
                text.CountingSeconds,
                loop.Seconds,
                epochs,
                WordVectorSpec.ParameterBytes(spec.Words, spec.Dim),
                spec.NoiseSetSize,
                spec.Sharing)
            {
                LearningRate = spec.StartRate,
                ProbeSeconds = loop.Paused.Probe,
                CheckpointSeconds = loop.Paused.Checkpoint,
                EarlierSeconds = text.EarlierSeconds,
            };
            return new TrainedModel(text.Vocabulary, parameters, report);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Says what a training would take, without writing anything: the words are counted, and a copy of the model is trained for some seconds.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="progress">Told a few times a second how far the counting is.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="NceFastException">Bad input, an empty vocabulary, too little memory, a device that is absent.</exception>
    public TrainingForecast Forecast(CorpusSource source, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        Forecaster.EnsureOneProcess(_ranks);
        Probe.EnsureMeasurable(_options.Probes, null, _ranks);
        DeviceList devices = DeviceList.Parse(_options.Device, _options.Threads, _catalog, 0);
        CorpusOptions corpus = Forecaster.WithoutCache(_options.Corpus, source);
        using PriorModel? prior = PriorModel.Open(_options.From, CheckpointHeader.Vectors, corpus.VocabularyIn is not null, cancellation);
        using TrainingText text = TrainingText.Prepare(source, corpus with { VocabularyBase = prior?.Vocabulary }, _options.Sync, devices.Devices.Count, _ranks, devices.Workers, _options.Epochs, null, progress, _logger, cancellation);
        WordVectorSpec spec = _options.ToSpec(text.Vocabulary.Counts, 0);
        EnsureMemory(spec, SyncPlan.ParameterCopies(devices.Devices.Count, _ranks, 1));
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(_options.Seed, text.Vocabulary.Counts);
        prior?.CopyTo(parameters.Tables, text.Vocabulary, spec.LogKNoise);
        long inUse = Forecaster.MemoryInUse();
        using ReplicaSet replicas = CreateReplicas(devices, parameters, spec);
        return Forecaster.Run(CreateLoop(spec, CreateCheck(spec, text), replicas, Plan(spec, text), text, null, null), text, source, _options.Corpus, [], inUse, cancellation);
    }

    private ReplicaSet CreateReplicas(DeviceList devices, WordVectorParameters parameters, WordVectorSpec spec) =>
        ReplicaSet.Create(devices, parameters, p => p.Tables, () => new WordVectorParameters(spec), (device, p) =>
            _catalog.Create(device.Id, new BackendRequest(spec, p, device.Threads, spec.StartRate, _options.HostKernels)));

    private SyncPlan Plan(WordVectorSpec spec, TrainingText text) =>
        new(_options.Sync, RowRanking.Of(spec, text.Vocabulary.Counts), _ranks, text.Vocabulary.TotalWords, _logger);

    private CheckpointHeader Describe(string folder, CheckpointOptions checkpoints, CorpusSource source) =>
        new(CheckpointHeader.Version, CheckpointHeader.Vectors, folder, checkpoints.Application, OptionTable.Of(_options), source.Fingerprints());

    private TrainingLoop CreateLoop(WordVectorSpec spec, DivergenceCheck divergence, ReplicaSet replicas, SyncPlan sync, TrainingText text, Probe? probe, Checkpointer? checkpointer)
    {
        return new TrainingLoop
        {
            Replicas = replicas,
            Sync = sync,
            Blocks = text.Blocks,
            Epochs = _options.Epochs,
            Rate = epochs => WordVectorOptions.RateAt(spec, epochs / _options.Epochs),
            Divergence = divergence,
            WithoutPrediction = epoch => NoPrediction(epoch, spec, text.Vocabulary),
            EpochsDiffer = _options.Subsample > 0,
            Meter = new RunMeter(_options.Model.ToString().ToLowerInvariant(), _options.Objective.ToString().ToLowerInvariant()),
            Probe = probe,
            EpochEnded = Tell,
            Start = text.Start,
            Checkpointer = checkpointer,
        };

        EpochDecision Tell(EpochReport report, PassState state)
        {
            if (report.Predictions > 0)
                WordVectorLog.Epoch(_logger, report.Epoch + 1, _options.Epochs, report.Loss, report.WordsPerSecond / 1e6);
            return EpochDecision.GoOn;
        }
    }

    private DivergenceCheck CreateCheck(WordVectorSpec spec, TrainingText text) =>
        new(UntrainedLoss.Of(spec, text.Vocabulary.Counts), FormattableString.Invariant($"Lower --lr (now {spec.StartRate}); up to {2 * _options.DefaultRate} it is stable with every other setting."));

    private string NoPrediction(EpochReport epoch, WordVectorSpec spec, Vocabulary vocabulary)
    {
        double total = 0, kept = 0;
        for (int w = 0; w < vocabulary.Count; w++)
        {
            total += vocabulary.Counts[w];
            kept += vocabulary.Counts[w] * ((spec.KeepLimits[w] + 1.0) / 4294967296.0);
        }

        kept *= epoch.Tokens / total;
        string advice = epoch.Tokens == 0 ? "Give a vocabulary and a text that belong together; spelling and case must agree."
            : kept < 2 ? FormattableString.Invariant($"Raise the threshold of subsampling, now {_options.Subsample}; 0 keeps all words.")
            : "A prediction needs two kept words in one line; put more words into a line.";
        return FormattableString.Invariant($"Epoch {epoch.Epoch + 1} of {_options.Epochs} made no prediction: of {epoch.Words:N0} words of text, {epoch.Tokens:N0} are in the vocabulary of {vocabulary.Count:N0}{(_options.Subsample > 0 ? FormattableString.Invariant($", and subsampling keeps about {kept:N1} of those") : "")}. {advice}");
    }

    private Probe? CreateProbe(IReadOnlyList<IBackend> backends, WordVectorSpec spec, Vocabulary vocabulary, WordVectorParameters parameters) =>
        Probe.Of(_options.Probes, spec, vocabulary, parameters) is { } measure ? new Probe(backends, _options.Probes.Every, true, measure) : null;

    // Memory is forecast before it is asked for: an allocation that the system grants and cannot keep ends in a kill.
    private void EnsureMemory(WordVectorSpec spec, int copies)
    {
        long need = WordVectorSpec.ParameterBytes(spec.Words, spec.Dim) * copies;
        long have = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        WordVectorLog.Memory(_logger, need / 1048576.0, have / 1048576.0);
        if (need > have - (256 << 20))
            Throw.Memory($"A model of {spec.Words:N0} words at dim {spec.Dim} needs {need:N0} bytes{SyncPlan.Explain(copies)}, and this machine has {have:N0}. Lower --dim or --max-vocab, or raise --min-count.");
    }
}

internal static partial class WordVectorLog
{
    [LoggerMessage(1, LogLevel.Information, "Training {Model} with {Objective}: {Words} words, dim {Dim}, on {Device}.")]
    public static partial void Started(ILogger logger, ModelKind model, ObjectiveKind objective, int words, int dim, string device);

    [LoggerMessage(2, LogLevel.Information, "Epoch {Epoch} of {Epochs}: loss {Loss:F4} nats a prediction, {Rate:F2} million words/s.")]
    public static partial void Epoch(ILogger logger, int epoch, int epochs, double loss, double rate);

    [LoggerMessage(6, LogLevel.Warning, "{Count} of {Epochs} epochs have no loss. {Reason}")]
    public static partial void EpochWithoutPrediction(ILogger logger, int count, int epochs, string reason);

    [LoggerMessage(3, LogLevel.Information, "Parameters take {Need:F1} MiB; the machine has {Have:F0} MiB.")]
    public static partial void Memory(ILogger logger, double need, double have);
}
