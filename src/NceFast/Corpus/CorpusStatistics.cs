using System.Text.Json.Serialization;

namespace NceFast.Corpus;

/// <summary>What was found in the text of one complete reading.</summary>
public sealed record CorpusStatistics
{
    /// <summary>Bytes of text, after decompression.</summary>
    public long Bytes { get; init; }

    /// <summary>Words of text, those outside the vocabulary included and over-long ones left out.</summary>
    public long Words { get; init; }

    /// <summary>Sentences with a word, as dealt: the parts of a divided sentence count one each.</summary>
    public long Sentences { get; init; }

    /// <summary>Divisions made because a sentence had more than <see cref="TokenBlock.MaxSentenceWords"/> words.</summary>
    public long SplitSentences { get; init; }

    /// <summary>NUL bytes, taken as separators; many of them mean that the input is no text.</summary>
    public long NulBytes { get; init; }

    /// <summary>Words longer than 4096 bytes, which were left out.</summary>
    public long OverlongWords { get; init; }

    /// <summary>Where the first over-long word begins: file and byte; null when there is none.</summary>
    public string? FirstOverlongWord { get; init; }

    /// <summary>Words of text that are not valid UTF-8, kept as they are; -1 without a counting pass.</summary>
    public long InvalidUtf8Words { get; init; } = -1;

    /// <summary>Distinct words that are not valid UTF-8; -1 without a counting pass.</summary>
    public long InvalidUtf8DistinctWords { get; init; } = -1;

    /// <summary>Distinct words counted, those outside the vocabulary included; -1 without a counting pass.</summary>
    public long DistinctWords { get; init; } = -1;

    /// <summary>Words of text that the vocabulary has, an earlier training's words included; -1 when not known.</summary>
    public long KnownWords { get; init; } = -1;

    /// <summary>Part of the words of text that the vocabulary has, 0 to 1; NaN when not known.</summary>
    [JsonIgnore]
    public double KnownShare => KnownWords < 0 || Words == 0 ? double.NaN : KnownWords / (double)Words;

    /// <summary>
    /// Words of a text of unknown length beyond the number that the learning rate was planned for; they were trained on at the lowest rate.
    /// </summary>
    public long UnplannedWords { get; init; }

    /// <summary>Words of text whose count was dropped to keep within the memory for counting; 0 when all counts are exact.</summary>
    public long PrunedWords { get; init; }

    /// <summary>Distinct words that were dropped, at least.</summary>
    public long PrunedDistinctWords { get; init; }

    /// <summary>The highest count of a word at the time that it was dropped; 0 when none was.</summary>
    public long PruneThreshold { get; init; }

    /// <summary>How far the count of a word may be too low, because the word was dropped and came again.</summary>
    public long MaxUndercount { get; init; }

    /// <summary>Memory that counting was allowed, in bytes, per process; 0 without a counting pass.</summary>
    public long CountingBudgetBytes { get; init; }

    /// <summary>The most memory that the tables of counting took, in bytes, per process.</summary>
    public long CountingPeakBytes { get; init; }

    internal static CorpusStatistics From(ScanCounts counts, IReadOnlyList<CorpusItem> items) => new()
    {
        Bytes = counts.Bytes,
        Words = counts.Words,
        Sentences = counts.Sentences,
        SplitSentences = counts.Splits,
        NulBytes = counts.Nuls,
        OverlongWords = counts.OverlongWords,
        FirstOverlongWord = counts.OverlongWords == 0 ? null
            : FormattableString.Invariant($"{items[counts.FirstOverlongItem].Name}, byte {counts.FirstOverlongOffset:N0}"),
    };
}

/// <summary>How far a pass over the corpus is.</summary>
/// <param name="Words">Words of text read.</param>
/// <param name="Fraction">Part of the bytes read, 0 to 1; not a number when the size is unknown.</param>
public readonly record struct CorpusProgress(long Words, double Fraction);
