namespace NceFast.Sampling;

/// <summary>Represents counted pairs of a word and its successor, by previous word. The last row is that of &lt;s&gt;.</summary>
/// <param name="starts">The first bigram of each previous word, and the end: <c>[rows + 1]</c>.</param>
/// <param name="words">The successors, ascending within a row: <c>[bigrams]</c>.</param>
/// <param name="counts">The occurrences of each bigram, at least 2: <c>[bigrams]</c>.</param>
/// <param name="occurrences">The occurrences of each previous word with any successor, also a dropped one: <c>[rows]</c>.</param>
internal sealed class BigramCounts(int[] starts, int[] words, long[] counts, long[] occurrences)
{
    /// <summary>Gets the number of previous words, those without successors included.</summary>
    public int Rows => starts.Length - 1;

    /// <inheritdoc cref="BigramCounts(int[], int[], long[], long[])" path="/param[@name='starts']"/>
    public int[] Starts => starts;

    /// <inheritdoc cref="BigramCounts(int[], int[], long[], long[])" path="/param[@name='words']"/>
    public int[] Words => words;

    /// <inheritdoc cref="BigramCounts(int[], int[], long[], long[])" path="/param[@name='counts']"/>
    public long[] Counts => counts;

    /// <inheritdoc cref="BigramCounts(int[], int[], long[], long[])" path="/param[@name='occurrences']"/>
    public long[] Occurrences => occurrences;

    /// <summary>Gets the number of bigrams that were dropped because they did not fit into the memory.</summary>
    public long Dropped { get; init; }

    /// <summary>Gets the part of all occurrences that the dropped bigrams have, 0 to 1.</summary>
    public double DroppedPart { get; init; }
}
