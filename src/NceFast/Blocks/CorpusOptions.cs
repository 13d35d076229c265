using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Blocks;

/// <summary>Specifies whether the corpus is cached on disk as token ids, so that later epochs need not read the text.</summary>
public enum CacheMode
{
    /// <summary>
    /// Text that cannot be read in shards (gzip, streams) is cached when it is read at least twice. Other text is cached when the
    /// forecast is below 16 GiB and below a quarter of the free disk space. If the cache cannot be created or written, a warning is
    /// logged and the text is read again; it is an error only if the text can be read only once.
    /// </summary>
    Auto,

    /// <summary>The text is cached whenever it would be read at least twice.</summary>
    Always,

    /// <summary>The text is not cached. Each pass reads the text.</summary>
    Never,
}

/// <summary>Specifies the words that are added for language models.</summary>
public enum SpecialWordsMode
{
    /// <summary>No words are added. Words outside the vocabulary are left out of the blocks.</summary>
    None,

    /// <summary>An end of sentence and a word that replaces every word outside the vocabulary are added.</summary>
    Closed,

    /// <summary>An end of sentence is added. Words outside the vocabulary are left out of the blocks.</summary>
    Open,
}

/// <summary>Options for preparing a corpus.</summary>
public sealed record CorpusOptions
{
    /// <summary>Gets the selection of the vocabulary. It is not used when <see cref="VocabularyIn"/> is given.</summary>
    public VocabularyOptions Vocabulary { get; init; } = new();

    /// <summary>Gets a vocabulary to use unchanged, without a counting pass; null for none.</summary>
    public Vocabulary? VocabularyIn { get; init; }

    /// <summary>
    /// Gets the number of words in a text of unknown length (a stream). The learning rate needs it when a vocabulary is given and
    /// the text is not cached. With 0, the text is first read into the cache; if the cache is not allowed, the sum of the counts of the
    /// vocabulary is used.
    /// </summary>
    public long StreamWords { get; init; }

    /// <summary>
    /// Gets the words of an earlier training; null for none. All of them stay in the vocabulary, and their counts are added to those
    /// of the text. The limits of the vocabulary apply only to the other words.
    /// </summary>
    public Vocabulary? VocabularyBase { get; init; }

    /// <summary>
    /// Gets which words of language models the vocabulary receives, and how words outside the vocabulary are handled.
    /// </summary>
    public SpecialWordsMode SpecialWords { get; init; }

    /// <summary>Gets whether token ids are cached on disk.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>
    /// Gets the seed of a random order of the blocks, and of the sentences in a block, which differs in each epoch; null for the order
    /// of the text. It has an effect only when blocks are read from the cache: from the first epoch on when the words were counted.
    /// Without a cache, blocks are in the order of the text.
    /// </summary>
    public ulong? ShuffleSeed { get; init; }

    /// <summary>Gets the folder of the cache; null for the temporary folder of the system.</summary>
    public string? CacheDirectory { get; init; }

    /// <summary>Gets the size in bytes at which a worker's cache file counts as full. Only tests set it.</summary>
    internal long CacheLimitBytes { get; init; } = long.MaxValue;

    /// <summary>Gets the processes that count parts of the text.</summary>
    internal ICountingRanks Ranks { get; init; } = new CountingAlone();

    internal void Validate()
    {
        Vocabulary.Validate();
        Throw.UnlessInRange(nameof(CorpusOptions.StreamWords), StreamWords, 0, Vocab.Vocabulary.MaxTotalWords);
    }
}
