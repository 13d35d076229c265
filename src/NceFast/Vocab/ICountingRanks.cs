using NceFast.Corpus;
using NceFast.Numerics;

namespace NceFast.Vocab;

/// <summary>Represents the processes that count parts of one text and need the same vocabulary.</summary>
internal interface ICountingRanks
{
    /// <summary>Gets whether words counted by other processes are added to those of this process.</summary>
    bool Adds { get; }

    /// <summary>Gets the number of processes on this machine, including this one.</summary>
    int OnThisMachine { get; }

    /// <summary>Counts the part of this process. The processes may take different times for it.</summary>
    void Together(Action count);

    /// <summary>Creates the vocabulary of the whole text, which is the same in every process.</summary>
    /// <param name="counted">The words of the part of this process.</param>
    /// <param name="options">Which words are kept.</param>
    /// <param name="old">The words of an earlier training, all of which are kept; may be null.</param>
    /// <param name="seen">The statistics of the part of this process.</param>
    (Vocabulary Vocabulary, CorpusStatistics Statistics) Agree(CountedWords counted, VocabularyOptions options, Vocabulary? old, CorpusStatistics seen);
}

/// <summary>Represents a single process that counts the whole text.</summary>
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
