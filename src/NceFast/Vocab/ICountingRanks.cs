using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>The processes that count parts of one text and need one vocabulary.</summary>
internal interface ICountingRanks
{
    /// <summary>Whether words that other processes counted are added to those of this one.</summary>
    bool Adds { get; }

    /// <summary>Processes on this machine, this one included.</summary>
    int OnThisMachine { get; }

    /// <summary>Counts this process's part, which takes each process its own time.</summary>
    void Together(Action count);

    /// <summary>Makes the vocabulary of the whole text, the same in every process.</summary>
    /// <param name="counted">The words of this process's part.</param>
    /// <param name="options">Which words are kept.</param>
    /// <param name="old">Words of an earlier training, which are all kept; may be null.</param>
    /// <param name="seen">What was found in this process's part.</param>
    (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(CountedWords counted, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen);
}

/// <summary>A process that counts the whole text alone.</summary>
internal sealed class CountingAlone : ICountingRanks
{
    public bool Adds => false;

    public int OnThisMachine => 1;

    public void Together(Action count) => count();

    public (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(CountedWords counted, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen)
    {
        (long tokens, long invalid) = VocabularySelection.CountInvalid(counted.Tables);
        seen = counted.Describe(seen) with { DistinctWords = counted.Distinct, InvalidUtf8Words = tokens, InvalidUtf8DistinctWords = invalid };
        if (old is not null)
            counted.Shared.AddForGood(old.Table);
        if (seen.Words > Vocabulary.MaxTotalWords - (old?.CorpusWords ?? 0))
            Throw.Input(Vocabulary.TooMany("the words of the text and of the model to start from"));
        Vocabulary vocabulary = VocabularySelection.Select(counted.Tables, options, seen.Words + (old?.CorpusWords ?? 0), old, seen);
        return (vocabulary, seen with { KnownWords = vocabulary.TotalWords - (old?.TotalWords ?? 0) });
    }
}
