using System.Buffers;
using NceFast.Store;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// Words by their upper-case form, the way gensim's evaluations match them: of several variants the first row counts,
/// which is the most frequent. Upper-casing knows the letters whose upper case is several letters and that stand in words.
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

    /// <summary>Rows to look at when <paramref name="restrict"/> most frequent words are asked for; 0 is all.</summary>
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

    /// <summary>The row of a word already in upper case; -1 when it is absent.</summary>
    public int Find(string upper) => _rows.GetValueOrDefault(upper, -1);

    /// <summary>The upper-case form of a row.</summary>
    public string Form(int row) => _forms[row];
}
