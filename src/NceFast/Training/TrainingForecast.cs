using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>A part of the memory that a training takes.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Place">Where: host, or the device.</param>
/// <param name="Bytes">Size.</param>
public sealed record MemoryPart(string Name, string Place, long Bytes);

/// <summary>What a training would take.</summary>
/// <param name="Device">Where it would run.</param>
/// <param name="VocabularyWords">Words with a vector.</param>
/// <param name="Corpus">What was read; without words when a vocabulary was given.</param>
/// <param name="Epochs">Passes over the text.</param>
/// <param name="Words">Words of text an epoch; -1 when not known.</param>
/// <param name="Blocks">Blocks an epoch; -1 when not known.</param>
/// <param name="Predictions">Predictions in all, from those of the measured part; -1 when not known.</param>
/// <param name="Memory">Memory by part and place.</param>
/// <param name="PeakBytes">The most memory this process had while it forecast, the program itself and the counting included.</param>
/// <param name="CacheBytes">Bytes of token ids on disk while it trains; 0 for none, -1 when not known.</param>
/// <param name="CacheFolder">Their folder.</param>
/// <param name="CheckpointBytes">Bytes of one checkpoint.</param>
/// <param name="ModelBytes">Bytes of the parameters and the vocabulary, as a language model's file holds them.</param>
/// <param name="CountingSeconds">Time for counting words.</param>
/// <param name="WordsPerSecond">Words of text a second, measured.</param>
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
    /// <summary>Time for all epochs; NaN when the size of the text is not known.</summary>
    public double TrainingSeconds => Words < 0 ? double.NaN : Words * (double)Epochs / WordsPerSecond;
}
