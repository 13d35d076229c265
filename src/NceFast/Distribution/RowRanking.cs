namespace NceFast.Distribution;

/// <summary>
/// The rows of a model's word tables in order of falling frequency, and how often training changes each. The last ids of
/// a vocabulary need not be its rarest: special words are appended to it, and one read from a file keeps the file's order.
/// </summary>
internal sealed class RowRanking
{
    private RowRanking(int[] rows, float[] updates) => (Rows, Updates) = (rows, updates);

    /// <summary>Row numbers, the most frequent first.</summary>
    internal int[] Rows { get; }

    /// <summary>Expected updates of each row for a word that is trained on: <c>[row]</c>.</summary>
    internal float[] Updates { get; }

    /// <summary>Ranks rows.</summary>
    /// <param name="counts">Occurrences a word: <c>[words]</c>.</param>
    /// <param name="updates">Expected updates of each row for a word that is trained on: <c>[rows]</c>; rows past the words are ranked first.</param>
    public static RowRanking Create(ReadOnlySpan<long> counts, float[] updates)
    {
        ArgumentNullException.ThrowIfNull(updates);
        var rows = new int[updates.Length];
        var keys = new (long Count, int Row)[rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = row;
            keys[row] = (row < counts.Length ? -counts[row] : long.MinValue, row);
        }

        Array.Sort(keys, rows);
        return new RowRanking(rows, updates);
    }
}
