using NceFast.Models;
using NceFast.Vocab;

namespace NceFast.Merging;

/// <summary>
/// Represents the rows of a model's word tables, most frequent first, and how often training changes each. The last ids of
/// a vocabulary need not be its rarest: special words are appended to it, and a vocabulary from a file keeps the file's order.
/// </summary>
internal sealed class RowRanking
{
    private RowRanking(int[] rows, float[] updates) => (Rows, Updates) = (rows, updates);

    /// <summary>Gets the row numbers, the most frequent first.</summary>
    public int[] Rows { get; }

    /// <summary>Gets the expected updates of each row per word that is trained on, in updates of word vectors: <c>[rows]</c>.</summary>
    public float[] Updates { get; }

    /// <summary>Ranks rows.</summary>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    /// <param name="updates">Expected updates of each row per word that is trained on: <c>[rows]</c>; rows past the words are ranked first.</param>
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

    /// <summary>Ranks the rows of word vectors; updates are per word of the text, kept or not. With AdaGrad, an update counts by the part of the rate that it takes.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="counts">Occurrences of each word: <c>[words]</c>.</param>
    public static RowRanking Of(WordVectorSpec spec, ReadOnlySpan<long> counts)
    {
        double total = 0, kept = 0;
        for (int w = 0; w < counts.Length; w++)
        {
            total += counts[w];
            kept += counts[w] * (spec.KeepLimits[w] / (double)uint.MaxValue);
        }

        return Create(counts, [.. spec.Noise.Probabilities.ToArray().Select(p => (float)(RowPull.UpdatesPerWord(spec, p) * spec.RateOfFrequentRows(1) * kept / total))]);
    }

    /// <summary>Ranks the rows of a language model; the row of &lt;s&gt; has the updates of &lt;/s&gt;.</summary>
    /// <param name="spec">The model.</param>
    /// <param name="vocabulary">The words, special ones included.</param>
    public static RowRanking Of(LanguageModelSpec spec, Vocabulary vocabulary)
    {
        var updates = new float[vocabulary.Count + 1];
        for (int id = 0; id < vocabulary.Count; id++)
            updates[id] = Curvature.LanguageModelUpdates * (1 + spec.Shape.Places) * vocabulary.Counts[id] / (float)vocabulary.TotalWords;
        updates[^1] = updates[spec.Shape.EndOfSentence];
        return Create(vocabulary.Counts, updates);
    }
}
