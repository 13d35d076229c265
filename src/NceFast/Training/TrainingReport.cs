using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>What a training is doing.</summary>
public enum TrainingPhase
{
    /// <summary>Reading the text and counting words.</summary>
    Vocabulary,

    /// <summary>Changing parameters.</summary>
    Training,
}

/// <summary>A moment of a training.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Fraction">Part of the phase done, 0 to 1.</param>
/// <param name="Words">Words of text in this phase so far.</param>
/// <param name="WordsPerSecond">Words of text a second in this phase, probes and validation not counted.</param>
/// <param name="Loss">Mean loss a prediction in this epoch so far, nats; NaN before the first.</param>
/// <param name="LearningRate">Learning rate now.</param>
/// <param name="Elapsed">Time in this phase, probes and validation included.</param>
public readonly record struct TrainingProgress(
    TrainingPhase Phase, int Epoch, int Epochs, double Fraction, long Words, double WordsPerSecond, double Loss, float LearningRate, TimeSpan Elapsed)
{
    /// <summary>Predictions in this epoch so far.</summary>
    public long Predictions { get; init; }

    /// <summary>The devices at work, for people; null while words are counted.</summary>
    public string? Device { get; init; }

    /// <summary>The epoch that ended just now; null at other moments.</summary>
    public EpochReport? Ended { get; init; }

    /// <summary>What a probe measured just now, by name; null at other moments.</summary>
    public IReadOnlyDictionary<string, double>? Probe { get; init; }
}

/// <summary>One epoch of a finished training.</summary>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Words">Words of text.</param>
/// <param name="Tokens">Words of the vocabulary among them, before subsampling.</param>
/// <param name="Predictions">Word pairs (skip-gram) or positions (CBOW).</param>
/// <param name="Loss">Mean loss a prediction, nats; NaN when it made none.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record EpochReport(int Epoch, long Words, long Tokens, long Predictions, double Loss, double Seconds)
{
    /// <summary>Words of text a second.</summary>
    public double WordsPerSecond => Words / Seconds;
}

/// <summary>A finished training in figures.</summary>
/// <param name="Device">Where it ran.</param>
/// <param name="VocabularyWords">Words with a vector.</param>
/// <param name="Corpus">What was read.</param>
/// <param name="VocabularySeconds">Time for counting words, 0 when a vocabulary was given.</param>
/// <param name="TrainingSeconds">Time for all epochs, without probes and checkpoints.</param>
/// <param name="Epochs">The epochs.</param>
/// <param name="ParameterBytes">Size of the parameters.</param>
/// <param name="NoiseSetSize">Noise words drawn for each shared set.</param>
/// <param name="NoiseSharing">Positions that shared a set; fewer than asked for where the vocabulary is very small.</param>
public sealed record TrainingReport(
    string Device,
    int VocabularyWords,
    CorpusStatistics Corpus,
    double VocabularySeconds,
    double TrainingSeconds,
    IReadOnlyList<EpochReport> Epochs,
    long ParameterBytes,
    int NoiseSetSize,
    int NoiseSharing)
{
    /// <summary>Learning rate at the start that was used.</summary>
    public double LearningRate { get; init; }

    /// <summary>Time for probes, at intervals and at ends of epochs.</summary>
    public double ProbeSeconds { get; init; }

    /// <summary>Time for checkpoints.</summary>
    public double CheckpointSeconds { get; init; }

    /// <summary>Time that earlier processes of the same training took, part of the times above; 0 unless it was resumed.</summary>
    public double EarlierSeconds { get; init; }

    /// <summary>Words of text a second over all epochs.</summary>
    public double WordsPerSecond => Epochs.Sum(e => e.Words) / TrainingSeconds;

    /// <summary>Mean loss a prediction in the last epoch, nats; NaN when it made none.</summary>
    public double Loss => Epochs.Count == 0 ? double.NaN : Epochs[^1].Loss;
}
