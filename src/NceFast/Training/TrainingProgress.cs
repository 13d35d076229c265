using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Specifies what a training is doing.</summary>
public enum TrainingPhase
{
    /// <summary>It reads the text and counts words.</summary>
    Vocabulary,

    /// <summary>It changes parameters.</summary>
    Training,
}

/// <summary>Represents a moment of a training.</summary>
/// <param name="Phase">What the training is doing.</param>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Fraction">Part of the phase that is done, 0 to 1.</param>
/// <param name="Words">Words of text in this phase so far.</param>
/// <param name="WordsPerSecond">Words of text per second in this phase, without probes and validation.</param>
/// <param name="Loss">Mean loss per prediction in this epoch so far, in nats; NaN before the first.</param>
/// <param name="LearningRate">Learning rate now.</param>
/// <param name="Elapsed">Time in this phase, with probes and validation.</param>
public readonly record struct TrainingProgress(
    TrainingPhase Phase, int Epoch, int Epochs, double Fraction, long Words, double WordsPerSecond, double Loss, float LearningRate, TimeSpan Elapsed)
{
    /// <summary>Gets the number of predictions in this epoch so far.</summary>
    public long Predictions { get; init; }

    /// <summary>Gets the number of the furthest file that is being read, from 1; 0 when blocks are shuffled or the text is one file.</summary>
    public int File { get; init; }

    /// <summary>Gets the number of files of the text; 0 when blocks are shuffled or the text is one file.</summary>
    public int Files { get; init; }

    /// <summary>Gets a description of the devices at work; null while words are counted.</summary>
    public string? Device { get; init; }

    /// <summary>Gets the epoch that ended just now; null at other moments.</summary>
    public EpochReport? Ended { get; init; }

    /// <summary>Gets what a probe measured just now, by name; null at other moments.</summary>
    public IReadOnlyDictionary<string, double>? Probe { get; init; }

    /// <summary>Creates the progress of counting words.</summary>
    /// <param name="counted">The progress of the pass over the text.</param>
    /// <param name="elapsed">The time since its beginning.</param>
    public static TrainingProgress OfCounting(in CorpusProgress counted, TimeSpan elapsed)
    {
        var progress = new TrainingProgress(TrainingPhase.Vocabulary, 0, 1, counted.Fraction, counted.Words, counted.Words / elapsed.TotalSeconds, double.NaN, 0, elapsed);
        return counted.Files > 1 ? progress with { File = counted.File, Files = counted.Files } : progress;
    }
}
