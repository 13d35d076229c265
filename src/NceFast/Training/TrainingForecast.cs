using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Represents a part of the memory that a training takes.</summary>
/// <param name="Name">The content.</param>
/// <param name="Place">Where: host, or the device.</param>
/// <param name="Bytes">Size.</param>
public sealed record MemoryPart(string Name, string Place, long Bytes);

/// <summary>Represents a forecast of what a training takes.</summary>
/// <param name="Device">Where it would run.</param>
/// <param name="VocabularyWords">Words of the vocabulary.</param>
/// <param name="Corpus">What was read; without words when a vocabulary was given.</param>
/// <param name="Epochs">Passes over the text.</param>
/// <param name="Words">Words of text per epoch; -1 when unknown.</param>
/// <param name="Blocks">Blocks per epoch; -1 when unknown.</param>
/// <param name="Predictions">Predictions in all, from those of the measured part; -1 when unknown.</param>
/// <param name="Memory">Memory by part and place.</param>
/// <param name="PeakBytes">The most memory that this process used for the forecast, with the program itself and the counting.</param>
/// <param name="CacheBytes">Bytes of token ids on disk during the training; 0 for none, -1 when unknown.</param>
/// <param name="CacheFolder">Their folder.</param>
/// <param name="CheckpointBytes">Bytes of one checkpoint.</param>
/// <param name="ModelBytes">Bytes of the parameters and the vocabulary, as a language model's file holds them.</param>
/// <param name="CountingSeconds">Time for counting words.</param>
/// <param name="WordsPerSecond">Words of text per second, measured.</param>
public sealed record TrainingForecast(
    string Device,
    int VocabularyWords,
    CorpusStatistics Corpus,
    int Epochs,
    long Words,
    long Blocks,
    double Predictions,
    IReadOnlyList<MemoryPart> Memory,
    long PeakBytes,
    long CacheBytes,
    string CacheFolder,
    long CheckpointBytes,
    long ModelBytes,
    double CountingSeconds,
    double WordsPerSecond)
{
    /// <summary>Gets the time for all epochs in seconds; NaN when the size of the text is unknown.</summary>
    public double TrainingSeconds => Words < 0 ? double.NaN : Words * (double)Epochs / WordsPerSecond;
}
