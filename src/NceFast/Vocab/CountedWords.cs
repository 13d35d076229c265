using NceFast.Corpus;

namespace NceFast.Vocab;

/// <summary>The words that one process counted.</summary>
/// <param name="Tables">The tables, none of which holds a word of another.</param>
/// <param name="Shared">The same tables, for adding, where <see cref="ICountingRanks.Adds"/> or a vocabulary is to be added.</param>
/// <param name="Budget">Their memory.</param>
internal sealed record CountedWords(Utf8Table[] Tables, SharedCounts Shared, CountingBudget Budget)
{
    /// <summary>Distinct words held.</summary>
    public long Distinct => Tables.Sum(table => table.Count);

    /// <summary>What was found, with the memory taken and the words dropped so far.</summary>
    public CorpusStatistics Describe(CorpusStatistics seen) => seen with
    {
        CountingBudgetBytes = Budget.Limit,
        CountingPeakBytes = Budget.Most,
        PrunedWords = Tables.Sum(table => table.PrunedWords),
        PrunedDistinctWords = Tables.Sum(table => table.PrunedDistinct),
        PruneThreshold = Tables.Max(table => table.PruneThreshold),
        MaxUndercount = Tables.Max(table => table.MaxUndercount),
    };
}
