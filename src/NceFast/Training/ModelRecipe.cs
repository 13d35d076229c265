using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>
/// Represents what a family of models has of its own in a training. <see cref="TrainingSession"/> has the steps that all share,
/// and calls <see cref="Specify"/> and <see cref="Allocate"/> once, in this order. Members that concern the model are valid after them.
/// </summary>
/// <param name="options">The options of the training.</param>
/// <param name="validation">Text that decides which epoch is kept; null for none.</param>
internal abstract class ModelRecipe(TrainingOptions options, string? validation)
{
    private Vocabulary? _vocabulary;

    /// <summary>Gets the options.</summary>
    public TrainingOptions Options => options;

    /// <summary>Gets the validation text; null for none.</summary>
    public string? Validation => validation;

    /// <summary>Gets or sets where the text of the corpus is in its files; it applies to the validation text and the held-out text, too.</summary>
    public TextOptions Text { get; set; } = new();

    /// <summary>Gets the kind of model, as checkpoints name it.</summary>
    public abstract string Kind { get; }

    /// <summary>Gets the name of the model and the name of the objective for metrics and logs.</summary>
    public abstract (string Model, string Objective) Names { get; }

    /// <summary>Gets how the text is prepared.</summary>
    public virtual CorpusOptions Corpus => options.Corpus;

    /// <summary>Gets how replicas are kept together.</summary>
    public virtual SyncOptions Sync => options.Sync;

    /// <summary>Gets the number of copies of the parameters that a process holds beside those of its replicas.</summary>
    public virtual int FurtherCopies => 0;

    /// <summary>Gets the number of predictions that were to share a noise set.</summary>
    public virtual int AskedSharing => options.NoiseSharing;

    /// <summary>Gets whether an epoch may make predictions where the one before made none.</summary>
    public virtual bool EpochsDiffer => false;

    /// <summary>Gets the words.</summary>
    public Vocabulary Vocabulary => _vocabulary!;

    /// <summary>Gets the model.</summary>
    public abstract ModelSpec Spec { get; }

    /// <summary>Gets the parameters.</summary>
    public abstract ModelParameters Parameters { get; }

    /// <summary>Gets the noise words per prediction or set, and the predictions that are computed together (0 when that does not apply).</summary>
    public abstract (int NoiseSetSize, int Batch) Sizes { get; }

    /// <summary>Gets log(k p_n(w)), which the offsets of the model hold; null when it has no offsets.</summary>
    public virtual float[]? LogKNoise => null;

    /// <summary>Gets the parameters that did best, with the state of the schedule; null when the last parameters are kept.</summary>
    public virtual BestModel? Best => null;

    /// <summary>Gets the bytes of a model's file; 0 when the caller chooses the format.</summary>
    public virtual long ModelFileBytes => 0;

    /// <summary>Gets the expected loss before training, in nats per prediction.</summary>
    public abstract double UntrainedLoss { get; }

    /// <summary>Gets the advice for a training that diverged.</summary>
    public abstract FormattableString DivergenceAdvice { get; }

    /// <summary>Checks the options against each other before the text is read.</summary>
    public virtual void EnsureUsable()
    {
    }

    /// <summary>Gets the number of times that the text is read before training, beside the counting of words.</summary>
    public virtual int FurtherReadings => 0;

    /// <summary>Gets the bytes of tables that are kept for the noise, beside those of single words.</summary>
    public virtual long NoiseBytes => 0;

    /// <summary>Gets what the training reads beside the text, so that a changed file is found.</summary>
    public virtual IEnumerable<string> FurtherInputs => validation is null ? [] : [validation];

    /// <summary>Counts what the noise needs beside the words. All ranks must call it, before <see cref="Specify"/>.</summary>
    /// <param name="vocabulary">The words.</param>
    /// <param name="blocks">The text.</param>
    /// <param name="workers">Readers.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="logger">Receives results and warnings.</param>
    /// <param name="cancellation">Stops the counting.</param>
    public virtual void CountNoise(Vocabulary vocabulary, IBlockSource blocks, int workers, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
    }

    /// <summary>Sets the words and the model.</summary>
    /// <param name="vocabulary">The words.</param>
    /// <param name="rank">Number of the process.</param>
    public void Specify(Vocabulary vocabulary, int rank)
    {
        _vocabulary = vocabulary;
        CreateSpec(rank);
    }

    private protected abstract void CreateSpec(int rank);

    /// <summary>Allocates the parameters.</summary>
    /// <param name="ranks">The processes.</param>
    public abstract void Allocate(ICommunicator ranks);

    /// <summary>Disposes the parameters of a training that failed.</summary>
    public abstract void Discard();

    /// <summary>Ranks the rows by how often and how strongly they are updated, for merging.</summary>
    public abstract RowRanking Rank();

    /// <summary>Arranges the words of each block as the model needs them.</summary>
    /// <param name="blocks">The blocks in the order of the text.</param>
    public virtual IBlockSource Arrange(IBlockSource blocks) => blocks;

    /// <summary>Computes the learning rate.</summary>
    /// <param name="epochs">Epochs that lie behind, with the part of the current one.</param>
    public virtual float RateAt(double epochs) => (float)LinearSchedule.Rate(Spec.StartRate, epochs / options.Epochs);

    /// <summary>Prepares the measuring of the model while it is trained; null when nothing is to be measured.</summary>
    /// <param name="ranks">The processes.</param>
    /// <exception cref="NceFastException">Nothing can be measured with this vocabulary.</exception>
    public abstract Measure? CreateMeasure(ICommunicator ranks);

    /// <summary>Creates the figures that a validation at the end of an epoch amounts to.</summary>
    public virtual IReadOnlyDictionary<string, double> FiguresOf(EpochReport validated) => new Dictionary<string, double>();

    /// <summary>Explains why an epoch made no prediction, and what to do.</summary>
    public virtual string WithoutPrediction(EpochReport epoch) => WithoutPrediction(epoch, "", Unrelated);

    private protected const string Unrelated = "Give a vocabulary and a text that belong together; spelling and case must agree.";

    /// <summary>Explains why an epoch made no prediction.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="more">A clause that follows the number of tokens; may be empty.</param>
    /// <param name="advice">What to do.</param>
    private protected string WithoutPrediction(EpochReport epoch, string more, string advice) => FormattableString.Invariant(
        $"Epoch {epoch.Epoch + 1} of {options.Epochs} made no prediction: of {epoch.Words:N0} words of text, {epoch.Tokens:N0} are in the vocabulary of {Vocabulary.Count:N0}{more}. {advice}");

    /// <summary>Gets a warning about the time that a training will take; null for none.</summary>
    /// <param name="words">Words of text per epoch; negative when unknown.</param>
    public virtual string? Warning(long words) => null;
}
