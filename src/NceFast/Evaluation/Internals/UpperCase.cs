using System.Buffers;
using NceFast.Store;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// Finds words by their upper-case form, as the evaluations of gensim do. If several words have the same upper-case form, the
/// first row counts, which is the most frequent word. Letters whose upper case has several letters are converted as well.
/// </summary>
internal sealed class UpperCase
{
    private static readonly SearchValues<char> Expanding = SearchValues.Create("ßŉǰﬁﬂﬀ");
    private readonly Dictionary<string, int> _rows;
    private readonly string[] _forms;

    /// <summary>Indexes the first <paramref name="rows"/> words.</summary>
    public UpperCase(WordVectors vectors, int rows)
    {
        _rows = new Dictionary<string, int>(rows);
        _forms = new string[rows];
        for (int row = 0; row < rows; row++)
        {
            _forms[row] = Of(vectors.Words.GetString(row));
            _rows.TryAdd(_forms[row], row);
        }
    }

    /// <summary>Gets the number of rows to search if only the <paramref name="restrict"/> most frequent words count; 0 means all.</summary>
    public static int Restricted(WordVectors vectors, int restrict)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(restrict);
        return restrict == 0 ? vectors.Count : Math.Min(restrict, vectors.Count);
    }

    public static string Of(string word)
    {
        string upper = word.ToUpperInvariant();
        return !upper.AsSpan().ContainsAny(Expanding)
            ? upper
            : upper.Replace("ß", "SS").Replace("ŉ", "ʼN").Replace("ǰ", "J̌").Replace("ﬁ", "FI").Replace("ﬂ", "FL").Replace("ﬀ", "FF");
    }

    /// <summary>Finds the row of a word that is already in upper case, or -1 if it is absent.</summary>
    public int Find(string upper) => _rows.GetValueOrDefault(upper, -1);

    /// <summary>Gets the upper-case form of the word of a row.</summary>
    public string Form(int row) => _forms[row];
}
