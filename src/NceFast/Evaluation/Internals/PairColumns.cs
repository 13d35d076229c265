using System.Globalization;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// Finds the two words and the score in the lines of a table. A header may name the columns. Without a name, the words are in the
/// first two columns, and the score is in the first column after them that has a number in the first line of data.
/// </summary>
internal sealed class PairColumns
{
    private const int LeastFields = 3, Unset = -1;

    // Names are compared by their letters and digits, in lower case. The first name of a list that a header has is taken.
    private static readonly string[] FirstNames = ["word1", "w1", "wordone", "firstword", "first", "term1", "item1", "worda"];
    private static readonly string[] SecondNames = ["word2", "w2", "wordtwo", "secondword", "second", "term2", "item2", "wordb"];
    private static readonly string[] ScoreNames =
    [
        "simlex999", "humanmean", "mean", "meanscore", "averagescore", "avgscore", "score", "similarity", "sim", "simscore", "relatedness",
        "rating", "meanrating", "averagerating", "average", "human", "gold", "goldscore", "judgement", "judgment", "value",
    ];

    private int _first, _second = 1, _score = Unset;
    private bool _isFirstLine = true;

    /// <summary>Reads one line.</summary>
    /// <param name="line">A line that is not blank and not a comment.</param>
    /// <param name="pair">The words and the score, if the result is <see cref="LineKind.Pair"/>.</param>
    public LineKind Read(string line, out (string First, string Second, double Score) pair)
    {
        pair = default;
        string[] fields = TableLine.Split(line, LeastFields, out char separator);
        bool canBeHeader = _isFirstLine;
        _isFirstLine = false;
        if (fields.Length < LeastFields)
            return LineKind.Invalid;
        if (canBeHeader && !fields.Skip(2).Any(f => TryNumber(f, separator, out _)))
            return ReadHeader(fields);
        if (_score == Unset)
            _score = Array.FindIndex(fields, 2, f => TryNumber(f, separator, out double number) && double.IsFinite(number));
        int score = _score == Unset ? 2 : _score;
        if (Math.Max(score, Math.Max(_first, _second)) >= fields.Length || !TryNumber(fields[score], separator, out double value) || !double.IsFinite(value))
            return LineKind.Invalid;
        pair = (fields[_first], fields[_second], value);
        return LineKind.Pair;
    }

    private LineKind ReadHeader(string[] fields)
    {
        string[] names = [.. fields.Select(f => string.Concat(f.Where(char.IsLetterOrDigit)).ToLowerInvariant())];
        int first = Find(names, FirstNames), second = Find(names, SecondNames);
        if (first >= 0 && second >= 0)
            (_first, _second) = (first, second);
        int score = Find(names, ScoreNames);
        _score = score == _first || score == _second ? Unset : score;
        return LineKind.Header;
    }

    private static int Find(string[] names, string[] wanted) => wanted.Select(name => Array.IndexOf(names, name)).FirstOrDefault(at => at >= 0, Unset);

    // Tables with semicolons or tabs may have decimal commas.
    private static bool TryNumber(string field, char separator, out double number) =>
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
        || (separator is ';' or '\t' && field.Contains(',') && double.TryParse(field.Replace(',', '.'), NumberStyles.Float, CultureInfo.InvariantCulture, out number));
}

/// <summary>Specifies what a line of a table is.</summary>
internal enum LineKind
{
    /// <summary>The names of the columns.</summary>
    Header,

    /// <summary>Two words and a score.</summary>
    Pair,

    /// <summary>A line that cannot be read.</summary>
    Invalid,
}
