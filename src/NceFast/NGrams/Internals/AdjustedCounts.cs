namespace NceFast.NGrams.Internals;

/// <summary>
/// Computes the counts of Kneser-Ney smoothing in one pass over the n-grams of the highest order, which are sorted by their last word, then
/// by the word before it, and so on. The count of an n-gram of the highest order, or of one that begins with &lt;s&gt;, is its number of
/// occurrences. The count of any other n-gram is the number of distinct words before it.
/// </summary>
/// <param name="order">The highest order.</param>
/// <param name="start">The number of &lt;s&gt; in grams.</param>
internal sealed class AdjustedCounts(int order, uint start)
{
    /// <summary>Reads the n-grams.</summary>
    /// <param name="sorted">The n-grams of the highest order with their numbers of occurrences, columns from the last word on.</param>
    /// <param name="lowest">The lowest order to report.</param>
    /// <param name="highest">The highest order to report.</param>
    /// <param name="report">Receives the order, a gram whose first columns are the n-gram from its last word on, and the count.</param>
    public void Scan(GramReader sorted, int lowest, int highest, Action<int, Gram, ulong> report)
    {
        Span<ulong> occurrences = stackalloc ulong[order + 1], extensions = stackalloc ulong[order + 1];
        Gram before = default;
        bool any = false;
        while (sorted.Read(out Gram gram))
        {
            if (any)
                Close(before, gram.FirstDifference(before) + 1, occurrences, extensions, lowest, highest, report);
            for (int n = 1; n <= order; n++)
                occurrences[n] += gram.Value;
            (before, any) = (gram, true);
        }

        if (any)
            Close(before, 1, occurrences, extensions, lowest, highest, report);
    }

    // Ends the n-grams of the orders from 'first' on, of which no further gram is part.
    private void Close(in Gram gram, int first, Span<ulong> occurrences, Span<ulong> extensions, int lowest, int highest, Action<int, Gram, ulong> report)
    {
        for (int n = order; n >= first; n--)
        {
            uint left = gram[n - 1];
            if (left != 0)
            {
                if (n >= lowest && n <= highest)
                    report(n, gram, n == order || left == start ? occurrences[n] : extensions[n]);
                extensions[n - 1]++;
            }

            (occurrences[n], extensions[n]) = (0, 0);
        }
    }
}
