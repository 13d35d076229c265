using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>The processes that count parts of one text and need one vocabulary.</summary>
internal interface ICountingRanks
{
    /// <summary>Counts this process's part, which takes each process its own time.</summary>
    void Together(Action count);

    /// <summary>Makes the vocabulary of the whole text, the same in every process.</summary>
    /// <param name="table">The words of this process's part.</param>
    /// <param name="options">Which words are kept.</param>
    /// <param name="old">Words of an earlier training, which are all kept; may be null.</param>
    /// <param name="seen">What was found in this process's part.</param>
    (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(Utf8Table table, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen);
}

/// <summary>A process that counts the whole text alone.</summary>
internal sealed class CountingAlone : ICountingRanks
{
    public void Together(Action count) => count();

    public (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(Utf8Table table, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen)
    {
        (long tokens, long invalid) = VocabularySelection.CountInvalid(table);
        seen = seen with { DistinctWords = table.Count, InvalidUtf8Words = tokens, InvalidUtf8DistinctWords = invalid };
        if (old is not null)
            VocabularySelection.Merge(table, old.Table);
        return (VocabularySelection.Select(table, options, seen.Words + (old?.CorpusWords ?? 0), old), seen);
    }
}
