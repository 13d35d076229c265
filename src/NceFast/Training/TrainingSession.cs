using Microsoft.Extensions.Logging;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Numerics;
using NceFast.Reporting;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Trains a model of any family: the steps that all share, in their order. A recipe has what differs.</summary>
/// <param name="recipe">The training; it serves one call of <see cref="Train"/> or <see cref="Forecast"/>.</param>
/// <param name="catalog">The devices.</param>
/// <param name="logger">Receives forecasts, warnings and results.</param>
/// <param name="ranks">The processes that train together.</param>
internal sealed class TrainingSession(ModelRecipe recipe, BackendCatalog catalog, ILogger logger, ICommunicator ranks)
{
    // Memory that the program itself takes, roughly.
    private const long Reserve = 256 << 20;

    private readonly TrainingOptions _options = recipe.Options;

    /// <summary>Reads the text and trains; the recipe then has the words and the parameters.</summary>
    /// <param name="source">The text.</param>
    /// <param name="counted">Called when the words are counted; may be null.</param>
    /// <param name="progress">Receives the progress; may be null.</param>
    /// <param name="checkpoints">Where and how often to save the training; null for no checkpoints.</param>
    /// <param name="cancellation">Ends the training after the current blocks.</param>
    public TrainingReport Train(CorpusSource source, Action<ModelOutline>? counted, IProgress<TrainingProgress>? progress, CheckpointOptions? checkpoints, CancellationToken cancellation)
    {
        SimdCatalog.Use(_options.HostKernels);
        RankLayout layout = RankLayout.Of(ranks);
        DeviceList devices = Begin(source, layout.LocalRank, cancellation);
        ranks.EnsureAlike("What is trained", (_options with { Device = "", Threads = 1, HostKernels = null, Corpus = new() }).ToString(), "Give all ranks the same options.");
        using CheckpointedTraining? run = CheckpointedTraining.Open(checkpoints, folder => Describe(folder, checkpoints!, source), ranks, logger, cancellation);
        using PriorModel? prior = run?.Found is null ? OpenPrior(_options.Corpus, cancellation) : null;
        using TrainingText text = Prepare(source, recipe.Corpus, prior, devices, run?.Found, progress, cancellation);
        try
        {
            text.CountNoise(recipe, devices.Workers, ranks, logger, cancellation);
            Specify(text, prior, devices, ranks.Rank, layout.LocalSize);
            recipe.Allocate(ranks);
            if (run?.Found is { } saved)
                saved.ReadModel(recipe.Parameters.Tables, recipe.Best);
            else
                Initialize(prior);
            counted?.Invoke(new ModelOutline(text.Vocabulary, CheckpointContent.EstimateBytes([.. recipe.Parameters.Tables, .. recipe.Best?.Tables ?? []], text.State), recipe.ModelFileBytes));
            return Run(text, devices, run, progress, cancellation);
        }
        catch
        {
            recipe.Discard();
            throw;
        }
        finally
        {
            recipe.Best?.Dispose();
        }
    }

    /// <summary>Forecasts what a training takes, without writing anything: the words are counted, and a copy of the model is trained for some seconds.</summary>
    /// <param name="source">The text.</param>
    /// <param name="progress">Receives the progress of the counting; may be null.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    public TrainingForecast Forecast(CorpusSource source, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Forecaster.EnsureOneProcess(ranks);
        DeviceList devices = Begin(source, 0, cancellation);
        CorpusOptions corpus = Forecaster.WithoutCache(recipe.Corpus, source);
        using PriorModel? prior = OpenPrior(corpus, cancellation);
        using TrainingText text = Prepare(source, corpus, prior, devices, null, progress, cancellation);
        try
        {
            text.CountNoise(recipe, devices.Workers, ranks, logger, cancellation);
            Specify(text, prior, devices, 0, 1);
            recipe.Allocate(ranks);
            Initialize(prior);
            long inUse = Forecaster.MemoryInUse();
            using ReplicaSet replicas = CreateReplicas(devices);
            return Forecaster.Run(CreateLoop(replicas, CreateCheck(), text, null, null, cancellation), text, source, _options.Corpus, recipe.Best?.Tables ?? [], recipe.NoiseBytes, inUse, cancellation);
        }
        finally
        {
            recipe.Discard();
            recipe.Best?.Dispose();
        }
    }

    // A wrong device or option, and a text that cannot be measured on, are found before the words are counted.
    private DeviceList Begin(CorpusSource source, int localRank, CancellationToken cancellation)
    {
        recipe.Text = source.Text;
        DeviceList devices = DeviceList.Parse(_options.Device, _options.Threads, catalog, localRank);
        foreach (string warning in devices.Warnings)
            TrainingLog.Warning(logger, warning);
        recipe.EnsureUsable();
        Probe.EnsureMeasurable(_options.Probes, recipe.Validation, recipe.Text, ranks, cancellation);
        return devices;
    }

    private CheckpointHeader Describe(string folder, CheckpointOptions checkpoints, CorpusSource source)
    {
        List<InputFingerprint> inputs = [.. source.Fingerprints()];
        inputs.AddRange(recipe.FurtherInputs.Select(path => InputFingerprint.Of(path)));
        return new CheckpointHeader(CheckpointHeader.Version, recipe.Kind, folder, checkpoints.Application, OptionTable.Of(_options, source.Text), inputs);
    }

    private PriorModel? OpenPrior(CorpusOptions corpus, CancellationToken cancellation) =>
        PriorModel.Open(_options, recipe.Kind, corpus.VocabularyIn is not null, ranks, logger, cancellation);

    private TrainingText Prepare(CorpusSource source, CorpusOptions corpus, PriorModel? prior, DeviceList devices, SavedTraining? saved, IProgress<TrainingProgress>? progress, CancellationToken cancellation) =>
        TrainingText.Prepare(source, corpus with { VocabularyBase = prior?.Vocabulary }, recipe.Sync, devices.Devices.Count, ranks, devices.Workers, _options.Epochs, recipe.FurtherReadings, saved, progress, logger, cancellation);

    private void Specify(TrainingText text, PriorModel? prior, DeviceList devices, int rank, int localSize)
    {
        recipe.Specify(text.Vocabulary, rank);
        StepLog.Tell(logger, _options.LearningRate, _options.DefaultRate, recipe.Spec.StartRate, recipe.AskedSharing, recipe.Spec.Sharing);
        EnsureMemory(SyncPlan.ParameterCopies(recipe.Sync, devices.Devices.Count, ranks, localSize) + (recipe.FurtherCopies * localSize), (prior?.Bytes ?? 0) * localSize, recipe.NoiseBytes * localSize);
        if (recipe.Warning(text.Blocks.Words) is { } warning)
            TrainingLog.Warning(logger, warning);
    }

    // Memory is checked before it is allocated: an allocation that the system grants and cannot keep ends in a kill.
    private void EnsureMemory(int copies, long priorBytes, long noiseBytes)
    {
        long need = recipe.Spec.ParameterBytes * copies + priorBytes + noiseBytes, have = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        TrainingLog.Memory(logger, need / 1048576.0, have / 1048576.0);
        if (need > have - Reserve)
            Throw.Memory($"A model of {recipe.Vocabulary.Count:N0} words at dim {_options.Dim} needs {need:N0} bytes{SyncPlan.Explain(copies)}{(priorBytes > 0 ? $", with {priorBytes:N0} of the vectors that it starts from" : "")}{(noiseBytes > 0 ? $", with {noiseBytes:N0} of the bigrams of its noise (see {Member.Of(nameof(LanguageModelOptions.BigramMemoryBytes))})" : "")}, and this machine has {have:N0}. Lower {Member.Of(nameof(TrainingOptions.Dim))} or {Member.Of(nameof(VocabularyOptions.MaxVocab))}, or raise {Member.Of(nameof(VocabularyOptions.MinCount))}.");
    }

    private void Initialize(PriorModel? prior)
    {
        recipe.Parameters.Initialize(_options.Seed, recipe.Vocabulary.Counts);
        prior?.CopyTo(recipe.Parameters.Tables, recipe.Vocabulary, recipe.LogKNoise);
    }

    private TrainingReport Run(TrainingText text, DeviceList devices, CheckpointedTraining? run, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        Measure? measure = recipe.CreateMeasure(ranks);
        using ReplicaSet replicas = CreateReplicas(devices);
        TrainingLog.Started(logger, recipe.Names.Model, recipe.Names.Objective, text.Vocabulary.Count, _options.Dim, replicas.Describe(ranks));
        Probe? probe = measure is null ? null : new Probe(replicas.Backends, _options.Probes.Every, recipe.Validation is null, measure);
        DivergenceCheck divergence = CreateCheck();
        TrainingLoop loop = CreateLoop(replicas, divergence, text, probe, run?.CreateCheckpointer(text, recipe.Parameters.Tables, recipe.Best), cancellation);
        IReadOnlyList<EpochReport> epochs = loop.Run(progress, cancellation);
        int kept = recipe.Best?.Restore() ?? epochs.Count - 1;
        divergence.Check(recipe.Parameters.Tables);
        if (epochs.FirstOrDefault(e => e.Predictions == 0) is { } without) // other epochs made some, or the loop had ended in an error
            TrainingLog.EpochWithoutPrediction(logger, epochs.Count(e => e.Predictions == 0), epochs.Count, recipe.WithoutPrediction(without));
        return new TrainingReport(replicas.Describe(ranks), text.Vocabulary.Count, RankedCorpus.Statistics(text.Statistics, _options.Corpus.VocabularyIn is null || text.State.IsWhole, ranks), epochs, kept)
        {
            ParameterBytes = recipe.Spec.ParameterBytes,
            LearningRate = recipe.Spec.StartRate,
            NoiseSetSize = recipe.Sizes.NoiseSetSize,
            NoiseSharing = recipe.Spec.Sharing,
            Batch = recipe.Sizes.Batch,
            VocabularySeconds = text.CountingSeconds,
            TrainingSeconds = epochs.Sum(e => e.Seconds),
            ValidationSeconds = loop.Paused.Validation,
            ProbeSeconds = loop.Paused.Probe,
            CheckpointSeconds = loop.Paused.Checkpoint,
            Checkpoints = loop.Checkpoints,
            Ranks = loop.Ranks,
            EarlierSeconds = text.EarlierSeconds,
        };
    }

    private ReplicaSet CreateReplicas(DeviceList devices) => ReplicaSet.Create(devices, recipe.Parameters, recipe.Spec.CreateParameters, (device, parameters) =>
        catalog.Create(device.Id, new BackendRequest(recipe.Spec, parameters, device.Threads, recipe.Spec.StartRate, _options.HostKernels) { ToleratesDivergence = ToleratesDivergence }));

    // Halving goes back to the best parameters and halves the rate instead.
    private bool ToleratesDivergence() => recipe.Best is { Exists: true };

    private DivergenceCheck CreateCheck() => new(recipe.UntrainedLoss, recipe.DivergenceAdvice);

    private TrainingLoop CreateLoop(ReplicaSet replicas, DivergenceCheck divergence, TrainingText text, Probe? probe, Checkpointer? checkpointer, CancellationToken cancellation)
    {
        TrainingLoop? loop = null;
        return loop = new TrainingLoop
        {
            Replicas = replicas,
            Sync = new SyncPlan(recipe.Sync, recipe.Rank(), ranks, text.Vocabulary.TotalWords, logger),
            Blocks = recipe.Arrange(text.Blocks),
            Epochs = _options.Epochs,
            Rate = recipe.RateAt,
            Divergence = divergence,
            ToleratesDivergence = ToleratesDivergence,
            WithoutPrediction = recipe.WithoutPrediction,
            EpochsDiffer = recipe.EpochsDiffer,
            Meter = new RunMeter(recipe.Names.Model, recipe.Names.Objective, ranks.Rank, replicas.Describe(ranks)),
            Probe = probe,
            EpochEnded = (epoch, state) => EndEpoch(loop!, epoch, state, cancellation),
            Start = text.Start,
            Checkpointer = checkpointer,
        };
    }

    private (EpochReport, EpochDecision) EndEpoch(TrainingLoop loop, EpochReport epoch, PassState state, CancellationToken cancellation)
    {
        (PerplexityResult? validation, EpochDecision decision) = recipe.Best?.Validate(epoch.Epoch, cancellation) ?? (null, EpochDecision.GoOn);
        epoch = epoch with { LearningRate = state.LearningRate, Validation = validation };
        if (validation is not null && ranks.Rank == 0)
            loop.Tell(state, recipe.FiguresOf(epoch));
        if (epoch.Predictions > 0)
            TrainingLog.Epoch(logger, epoch.Epoch + 1, _options.Epochs, epoch.Loss, epoch.LearningRate, epoch.WordsPerSecond / 1e6);
        if (validation is not null)
            TrainingLog.Validated(logger, epoch.Epoch + 1, validation.Perplexity, validation.LogZMean);
        return (epoch, decision);
    }
}

internal static partial class TrainingLog
{
    [LoggerMessage(1, LogLevel.Information, "Training {Model} with {Objective}: {Words} words, dim {Dim}, on {Device}.")]
    public static partial void Started(ILogger logger, string model, string objective, int words, int dim, string device);

    [LoggerMessage(2, LogLevel.Information, "Epoch {Epoch} of {Epochs}: loss {Loss:F4} nats per prediction, learning rate {Rate:G3}, {Speed:F2} million words/s.")]
    public static partial void Epoch(ILogger logger, int epoch, int epochs, double loss, double rate, double speed);

    [LoggerMessage(3, LogLevel.Information, "Parameters take {Need:F1} MiB; the machine has {Have:F0} MiB.")]
    public static partial void Memory(ILogger logger, double need, double have);

    [LoggerMessage(6, LogLevel.Warning, "{Count} of {Epochs} epochs have no loss. {Reason}")]
    public static partial void EpochWithoutPrediction(ILogger logger, int count, int epochs, string reason);

    [LoggerMessage(32, LogLevel.Warning, "{Message}")]
    public static partial void Warning(ILogger logger, string message);

    [LoggerMessage(EventId = 34, Message = "{Found} of {Words} words start with the vectors of {Path}; {Unused} words of the file are not in the vocabulary.")]
    public static partial void Began(ILogger logger, LogLevel level, int found, int words, string path, int unused);

    [LoggerMessage(33, LogLevel.Information, "Epoch {Epoch}: validation perplexity {Perplexity:F2}, mean |log Z| {LogZ:F3}.")]
    public static partial void Validated(ILogger logger, int epoch, double perplexity, double logZ);
}
