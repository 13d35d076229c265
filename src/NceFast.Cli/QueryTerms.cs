using NceFast.Store;

namespace NceFast.Cli;

/// <summary>Represents a query of <c>neighbours</c>: words that are added and words that are subtracted.</summary>
/// <param name="Text">The query as it was given.</param>
/// <param name="Added">The words to add.</param>
/// <param name="Subtracted">The words to subtract.</param>
internal sealed record QueryTerms(string Text, IReadOnlyList<string> Added, IReadOnlyList<string> Subtracted)
{
    /// <summary>Gets whether the query is one word.</summary>
    public bool IsWord => Added.Count == 1 && Subtracted.Count == 0;

    /// <summary>
    /// Reads the queries of a command line. Each word is a query, and <c>+</c> or <c>-</c> between two words makes them one query. An
    /// argument with blanks is a word if the vectors have it, and otherwise a query with its terms.
    /// </summary>
    public static IReadOnlyList<QueryTerms> Read(IReadOnlyList<string> arguments, WordVectors vectors)
    {
        var queries = new List<QueryTerms>();
        List<string> plus = [], minus = [];
        string text = "";
        string[] terms = [.. arguments.SelectMany(a => vectors.IndexOf(a) >= 0 ? [a] : Terms(a))];
        for (int i = 0; i < terms.Length; i++)
        {
            if (i > 0 && i < terms.Length - 1 && text.Length > 0 && IsSign(terms[i]))
            {
                (terms[i] == "+" ? plus : minus).Add(terms[i + 1]);
                text += $" {terms[i]} {terms[++i]}";
                continue;
            }

            Finish();
            plus.Add(terms[i]);
            text = terms[i];
        }

        Finish();
        return queries;

        void Finish()
        {
            if (plus.Count > 0)
                queries.Add(new QueryTerms(text, [.. plus], [.. minus]));
            plus.Clear();
            minus.Clear();
        }
    }

    private static bool IsSign(string term) => term is "+" or "-";

    // Words between the signs keep their blanks.
    private static List<string> Terms(string argument)
    {
        string[] parts = argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!parts.Any(IsSign))
            return [argument];
        var terms = new List<string>();
        for (int i = 0; i < parts.Length; i++)
        {
            if (IsSign(parts[i]) || i == 0 || IsSign(parts[i - 1]))
                terms.Add(parts[i]);
            else
                terms[^1] += $" {parts[i]}";
        }

        return terms;
    }
}
