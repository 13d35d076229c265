using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;

namespace NceFast.Training;

/// <summary>Trains word vectors.</summary>
/// <remarks>
/// A trainer keeps no state of a training, so that several threads can train with it at the same time. A trainer with ranks trains once
/// at a time.
/// </remarks>
/// <example>
/// <code>
/// var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 128 });
/// using TrainedVectors model = trainer.Train(CorpusSource.FromPaths("corpus.txt"));
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
    /// <param name="catalog">The devices; null for those of <see cref="BackendCatalog.Default"/>.</param>
    /// <param name="logger">Receives what a user should know: forecasts, warnings, results.</param>
    /// <param name="ranks">The processes that train together, each with a trainer of its own; null for this one alone. The caller completes it.</param>
    /// <exception cref="NceFastException">An option is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public WordVectorTrainer(WordVectorOptions options, BackendCatalog? catalog = null, ILogger? logger = null, ICommunicator? ranks = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _catalog = catalog ?? BackendCatalog.Default;
        _logger = logger ?? NullLogger.Instance;
        _ranks = ranks ?? new SoloCommunicator();
    }

    /// <summary>Gets the function that is called when the words are counted and before the training begins. An exception from it ends the training. May be null.</summary>
    public Action<ModelOutline>? Counted { get; init; }

    /// <summary>Reads the corpus and trains.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="progress">Receives the progress a few times per second; may be null.</param>
    /// <param name="cancellation">Ends the training after the current blocks.</param>
    /// <param name="checkpoints">Where and how often to save the training, or where to continue from; null for no checkpoints.</param>
    /// <returns>The vectors and the report; dispose them.</returns>
    /// <exception cref="NceFastException">
    /// The text, the device, the memory or the folder of checkpoints does not serve, or there is nothing to predict or to measure.
    /// </exception>
    /// <exception cref="OperationCanceledException">The training was cancelled; a <see cref="TrainingStoppedException"/> when it is saved.</exception>
    public TrainedVectors Train(CorpusSource source, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, CheckpointOptions? checkpoints = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        var recipe = new WordVectorRecipe(_options);
        TrainingReport report = Session(recipe).Train(source, Counted, progress, checkpoints, cancellation);
        return new TrainedVectors(recipe.Vocabulary, recipe.Parameters, report);
    }

    /// <summary>Reads the corpus and trains on a thread of its own. Other work can go on meanwhile.</summary>
    /// <remarks>
    /// A training that is cancelled ends after its current blocks, and the task is then cancelled. It leaves no vectors and no file, except
    /// with checkpoints: the state is then saved, and awaiting the task throws a <see cref="TrainingStoppedException"/> with its folder.
    /// </remarks>
    /// <param name="source">The corpus.</param>
    /// <param name="progress">Receives the progress a few times per second, on threads of the training; may be null.</param>
    /// <param name="cancellation">Ends the training after the current blocks.</param>
    /// <param name="checkpoints">Where and how often to save the training, or where to continue from; null for no checkpoints.</param>
    /// <returns>A task with the vectors and the report; dispose them.</returns>
    /// <inheritdoc cref="Train" path="/exception"/>
    public Task<TrainedVectors> TrainAsync(CorpusSource source, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default, CheckpointOptions? checkpoints = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return TrainingThread.Run(() => Train(source, progress, cancellation, checkpoints));
    }

    /// <summary>Forecasts what a training takes, without writing anything: the words are counted, and a copy of the model is trained for some seconds.</summary>
    /// <param name="source">The corpus.</param>
    /// <param name="progress">Receives the progress of the counting a few times per second; may be null.</param>
    /// <param name="cancellation">Stops the forecast.</param>
    /// <exception cref="NceFastException">The text, the device or the memory does not serve.</exception>
    public TrainingForecast Forecast(CorpusSource source, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Session(new WordVectorRecipe(_options)).Forecast(source, progress, cancellation);
    }

    private TrainingSession Session(ModelRecipe recipe) => new(recipe, _catalog, _logger, _ranks);
}
