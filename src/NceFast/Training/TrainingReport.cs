using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Represents a finished training in figures.</summary>
/// <param name="Device">Where it ran.</param>
/// <param name="VocabularyWords">Words of the vocabulary.</param>
/// <param name="Corpus">What was read.</param>
/// <param name="Epochs">The epochs.</param>
/// <param name="BestEpoch">The epoch, from 0, whose parameters the model has: the last one, unless a validation chose another.</param>
public sealed record TrainingReport(string Device, int VocabularyWords, CorpusStatistics Corpus, IReadOnlyList<EpochReport> Epochs, int BestEpoch)
{
    /// <summary>Gets the size of the parameters in bytes.</summary>
    public long ParameterBytes { get; init; }

    /// <summary>Gets the learning rate at the start that was used.</summary>
    public double LearningRate { get; init; }

    /// <summary>Gets the number of noise words that were drawn for each prediction, or for each shared set.</summary>
    public int NoiseSetSize { get; init; }

    /// <summary>Gets the number of predictions, or positions, that shared a noise set. It is lower than the option where steps would not be bounded.</summary>
    public int NoiseSharing { get; init; }

    /// <summary>Gets the number of predictions that were computed together; 0 for word vectors.</summary>
    public int Batch { get; init; }

    /// <summary>Gets the time for counting words in seconds; 0 when a vocabulary was given.</summary>
    public double VocabularySeconds { get; init; }

    /// <summary>Gets the time for all epochs in seconds, without validation, probes and checkpoints.</summary>
    public double TrainingSeconds { get; init; }

    /// <summary>Gets the time in seconds for validation, and for keeping the parameters that did best.</summary>
    public double ValidationSeconds { get; init; }

    /// <summary>Gets the time for probes in seconds, at intervals and at the ends of epochs.</summary>
    public double ProbeSeconds { get; init; }

    /// <summary>Gets the time for checkpoints in seconds.</summary>
    public double CheckpointSeconds { get; init; }

    /// <summary>Gets the number of checkpoints that were written, with those of earlier processes of the same training.</summary>
    public int Checkpoints { get; init; }

    /// <summary>Gets how long each of several ranks trained and stood still; empty for one process.</summary>
    public IReadOnlyList<RankReport> Ranks { get; init; } = [];

    /// <summary>Gets the part of the times above, in seconds, that earlier processes of the same training took; 0 unless it was resumed.</summary>
    public double EarlierSeconds { get; init; }

    /// <summary>Gets the words of text per second over all epochs.</summary>
    public double WordsPerSecond => Epochs.Sum(e => e.Words) / TrainingSeconds;

    /// <summary>Gets the mean loss per prediction in the last epoch, in nats; NaN when there was no prediction.</summary>
    public double Loss => Epochs.Count == 0 ? double.NaN : Epochs[^1].Loss;

    /// <summary>Gets the epoch whose parameters the model has.</summary>
    public EpochReport Best => Epochs[BestEpoch];
}
