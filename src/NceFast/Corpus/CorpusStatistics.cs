using System.Text.Json.Serialization;
using NceFast.Corpus.Records;

namespace NceFast.Corpus;

/// <summary>The statistics of a text after one complete reading.</summary>
public sealed record CorpusStatistics
{
    /// <summary>Gets the number of bytes of text, after decompression.</summary>
    public long Bytes { get; init; }

    /// <summary>
    /// Gets the number of words of text, including those outside the vocabulary, without those longer than 4096 bytes.
    /// </summary>
    public long Words { get; init; }

    /// <summary>Gets the number of sentences that have a word. Each part of a split sentence counts as one.</summary>
    public long Sentences { get; init; }

    /// <summary>
    /// Gets how often a sentence was split because it had more than <see cref="TokenBlock.MaxSentenceWords"/> words.
    /// </summary>
    public long SplitSentences { get; init; }

    /// <summary>
    /// Gets the number of NUL bytes, which are treated as separators. Many of them indicate that the input is not text.
    /// </summary>
    public long NulBytes { get; init; }

    /// <summary>Gets the number of words longer than 4096 bytes. They are left out.</summary>
    public long OverlongWords { get; init; }

    /// <summary>Gets the file and the byte position of the first word longer than 4096 bytes; null when there is none.</summary>
    public string? FirstOverlongWord { get; init; }

    /// <summary>
    /// Gets the number of words of text that are not valid UTF-8, which are kept unchanged; -1 without a counting pass.
    /// </summary>
    public long InvalidUtf8Words { get; init; } = -1;

    /// <summary>Gets the number of distinct words that are not valid UTF-8; -1 without a counting pass.</summary>
    public long InvalidUtf8DistinctWords { get; init; } = -1;

    /// <summary>Gets the number of distinct words, including those outside the vocabulary; -1 without a counting pass.</summary>
    public long DistinctWords { get; init; } = -1;

    /// <summary>
    /// Gets the number of words of text that are in the vocabulary, including words of an earlier training; -1 when it is not
    /// known.
    /// </summary>
    public long KnownWords { get; init; } = -1;

    /// <summary>Gets the fraction of the words of text that are in the vocabulary, 0 to 1; NaN when it is not known.</summary>
    [JsonIgnore]
    public double KnownShare => KnownWords < 0 || Words == 0 ? double.NaN : KnownWords / (double)Words;

    /// <summary>
    /// Gets the number of words beyond the planned length of a text of unknown length. The model was trained on them at the lowest
    /// learning rate.
    /// </summary>
    public long UnplannedWords { get; init; }

    /// <summary>
    /// Gets the number of words of text whose counts were dropped because the memory for counting was exhausted; 0 when all counts
    /// are exact.
    /// </summary>
    public long PrunedWords { get; init; }

    /// <summary>Gets a lower bound of the number of distinct words that were dropped.</summary>
    public long PrunedDistinctWords { get; init; }

    /// <summary>Gets the highest count that a word had when it was dropped; 0 when no word was dropped.</summary>
    public long PruneThreshold { get; init; }

    /// <summary>
    /// Gets by how much the count of a word may be too low, because the word was dropped and then occurred again.
    /// </summary>
    public long MaxUndercount { get; init; }

    /// <summary>Gets the memory limit of counting in bytes, per process; 0 without a counting pass.</summary>
    public long CountingBudgetBytes { get; init; }

    /// <summary>Gets the peak memory of the counting tables in bytes, per process.</summary>
    public long CountingPeakBytes { get; init; }

    /// <summary>Gets the number of malformed records, which are left out.</summary>
    public long BadRecords { get; init; }

    /// <summary>Gets the place of the first malformed record and what is wrong with it; null when there is none.</summary>
    public string? FirstBadRecord { get; init; }

    /// <summary>Adds the statistics of the parts of a text.</summary>
    internal static CorpusStatistics Sum(IReadOnlyList<CorpusStatistics> parts) => parts[0] with
    {
        Bytes = parts.Sum(s => s.Bytes),
        Words = parts.Sum(s => s.Words),
        Sentences = parts.Sum(s => s.Sentences),
        SplitSentences = parts.Sum(s => s.SplitSentences),
        NulBytes = parts.Sum(s => s.NulBytes),
        OverlongWords = parts.Sum(s => s.OverlongWords),
        FirstOverlongWord = parts.FirstOrDefault(s => s.FirstOverlongWord is not null)?.FirstOverlongWord,
        KnownWords = parts.Any(s => s.KnownWords < 0) ? -1 : parts.Sum(s => s.KnownWords),
        UnplannedWords = parts.Sum(s => s.UnplannedWords),
        BadRecords = parts.Sum(s => s.BadRecords),
        FirstBadRecord = parts.FirstOrDefault(s => s.FirstBadRecord is not null)?.FirstBadRecord,
    };

    internal static CorpusStatistics From(ScanCounts counts, IReadOnlyList<CorpusItem> items, RecordTally records) => new()
    {
        BadRecords = records.Count,
        FirstBadRecord = records.First,
        Bytes = counts.Bytes,
        Words = counts.Words,
        Sentences = counts.Sentences,
        SplitSentences = counts.Splits,
        NulBytes = counts.Nuls,
        OverlongWords = counts.OverlongWords,
        FirstOverlongWord = counts.OverlongWords == 0 ? null
            : FormattableString.Invariant($"{items[counts.FirstOverlongItem].Name}, byte {counts.FirstOverlongPosition:N0}"),
    };
}

/// <summary>The progress of a pass over the corpus.</summary>
/// <param name="Words">The number of words of text read.</param>
/// <param name="Fraction">The fraction of the bytes read, 0 to 1; NaN when the size is unknown.</param>
public readonly record struct CorpusProgress(long Words, double Fraction)
{
    /// <summary>Gets the number of the furthest file that is being read, from 1; 0 when it is not known.</summary>
    public int File { get; init; }

    /// <summary>Gets the number of files and streams of the corpus; 0 when it is not known.</summary>
    public int Files { get; init; }
}
