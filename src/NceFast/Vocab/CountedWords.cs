using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>The words that one process counted.</summary>
/// <param name="Tables">The tables. No word is in more than one of them.</param>
/// <param name="Shared">The owner of the same tables, for adding words of other processes or of an earlier vocabulary.</param>
/// <param name="Budget">The memory of the tables.</param>
internal sealed record CountedWords(Utf8Table[] Tables, SharedCounts Shared, CountingBudget Budget)
{
    /// <summary>Gets the number of distinct words.</summary>
    public long Distinct => Tables.Sum(table => table.Count);

    /// <summary>Returns the statistics with the memory used and the words dropped so far.</summary>
    public CorpusStatistics Describe(CorpusStatistics seen) => seen with
    {
        CountingBudgetBytes = Budget.Limit,
        CountingPeakBytes = Budget.Peak,
        PrunedWords = Tables.Sum(table => table.PrunedWords),
        PrunedDistinctWords = Tables.Sum(table => table.PrunedDistinct),
        PruneThreshold = Tables.Max(table => table.PruneThreshold),
        MaxUndercount = Tables.Max(table => table.MaxUndercount),
    };
}
