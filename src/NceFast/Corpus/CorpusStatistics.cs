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

    /// <summary>Words of text whose count was dropped to keep within the memory limit.</summary>
    public long PrunedWords { get; init; }

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
