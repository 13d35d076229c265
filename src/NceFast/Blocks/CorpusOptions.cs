using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>Whether the corpus is kept as token ids on disk, so that later epochs need not read the text.</summary>
public enum CacheMode
{
    /// <summary>
    /// Kept when a text that cannot be read in shards (gzip, streams) is read twice or more, and otherwise when the
    /// forecast is below 16 GiB and below a quarter of the free disk. A cache that cannot be made or filled is a warning, and
    /// the text is read again, unless it can be read only once.
    /// </summary>
    Auto,

    /// <summary>Kept whenever the text would be read twice or more.</summary>
    Always,

    /// <summary>Not kept: each reading reads the text.</summary>
    Never,
}

/// <summary>Words added for language models.</summary>
public enum SpecialWordsMode
{
    /// <summary>None; words outside the vocabulary are left out of the blocks.</summary>
    None,

    /// <summary>An end of sentence and a stand-in, which takes the place of every word outside the vocabulary.</summary>
    Closed,

    /// <summary>An end of sentence; words outside the vocabulary are left out of the blocks.</summary>
    Open,
}

/// <summary>How a corpus is prepared.</summary>
public sealed record CorpusOptions
{
    /// <summary>Which words make the vocabulary; not used when <see cref="VocabularyIn"/> is given.</summary>
    public VocabularyOptions Vocabulary { get; init; } = new();

    /// <summary>A vocabulary to use as it is, which spares the counting pass.</summary>
    public Vocabulary? VocabularyIn { get; init; }

    /// <summary>
    /// Words that a text of unknown length (a stream) has, for the learning rate, where a vocabulary is given and the text
    /// is not kept on disk; 0 where it is not known: then the text is first read into the cache, or if that is not
    /// allowed, the total of the vocabulary counts.
    /// </summary>
    public long StreamWords { get; init; }

    /// <summary>
    /// Words of an earlier training, which all stay in the vocabulary: their counts are added to those of the text, and
    /// limits hold for the other words only. Null for none.
    /// </summary>
    public Vocabulary? VocabularyBase { get; init; }

    /// <summary>Whether the vocabulary gets the words a language model needs, and what becomes of words outside it.</summary>
    public SpecialWordsMode SpecialWords { get; init; }

    /// <summary>Whether token ids are kept on disk.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>
    /// Seed by which blocks, and sentences within a block, come in another order each epoch; null for the order of the
    /// text. Takes effect where blocks are read from the cache: from the first epoch on when the words were counted. Without
    /// a cache, blocks come in the order of the text.
    /// </summary>
    public ulong? ShuffleSeed { get; init; }

    /// <summary>Folder of the cache; the system's temporary folder when null.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Bytes after which a worker's file in the cache is taken for full; tests make it small.</summary>
    internal long CacheLimitBytes { get; init; } = long.MaxValue;

    /// <summary>The processes that count parts of the text.</summary>
    internal ICountingRanks Ranks { get; init; } = new CountingAlone();

    internal void Validate()
    {
        Vocabulary.Validate();
        Throw.UnlessInRange(nameof(CorpusOptions.StreamWords), StreamWords, 0, Vocab.Vocabulary.MaxTotalWords);
    }
}
