namespace NceFast.Merging;

/// <summary>
/// Determines how many rows of frequent words each worker keeps privately, and how often they are merged. The measurements are in
/// bench/results/trials-merging.md.
/// </summary>
internal static class HotRows
{
    /// <summary>Rows of every merge.</summary>
    public const int First = 1024;

    /// <summary>Rows that a worker keeps privately at most.</summary>
    public const int Most = 8 * First;

    /// <summary>Predictions of one worker of a language model between two merges.</summary>
    public const int LanguageModelPeriod = 4096;

    // Kept words of all workers of word vectors together between two merges of one worker; kept words of one worker at least.
    private const int WordVectorPeriodOfAll = 40_000, ShortestPeriod = 1000;

    /// <summary>Gets the ruler of private rows.</summary>
    public static MergeRuler Ruler { get; } = new(First, Most);

    /// <summary>Kept words of one worker of word vectors between two merges.</summary>
    /// <param name="workers">Workers, at least 1.</param>
    public static int WordVectorPeriod(int workers) => Math.Max(ShortestPeriod, WordVectorPeriodOfAll / workers);

    /// <summary>Rows that each worker keeps; none for a single one. The copies of all workers, two per row, take no more memory than the table, unless it is small.</summary>
    /// <param name="words">Rows of the table.</param>
    /// <param name="workers">Workers, at least 1.</param>
    public static int Of(int words, int workers) => workers == 1 ? 0 : Math.Min(words, Math.Clamp(words / (2 * workers), First, Most));

    /// <summary>
    /// The same for word vectors. The more workers, the larger the sum of changes that none of them has seen: with eight
    /// workers and 2,048 rows or more negative sampling was unstable.
    /// </summary>
    /// <param name="words">Rows of the table.</param>
    /// <param name="workers">Workers, at least 1.</param>
    public static int OfWordVectors(int words, int workers) => Math.Min(Of(words, workers), Math.Max(First, 4 * Most / (workers * workers)));
}
