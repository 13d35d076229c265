namespace NceFast.Store;

/// <summary>Suggests words that are spelt like an unknown word.</summary>
internal static class Spelling
{
    private const int WordsLookedAt = 50_000;
    private const int MaxSuggestions = 3;
    private const int LongestWord = 64;

    /// <summary>Creates the message for an unknown word.</summary>
    public static string UnknownWord(WordVectors vectors, string word)
    {
        string[] near = Near(vectors, word);
        string advice = near.Length == 0 ? "Check its spelling and case." : $"Similar words: {string.Join(", ", near)}.";
        return $"The word '{word}' is not among the {vectors.Count:N0} words of the vectors. {advice}";
    }

    /// <summary>Creates the message for a sum that has no direction.</summary>
    public static string ZeroSum(IEnumerable<string> added, IEnumerable<string> subtracted) =>
        $"The sum of {Terms(added, subtracted)} is zero, so that no word is nearer than others; use other words.";

    private static string Terms(IEnumerable<string> added, IEnumerable<string> subtracted) =>
        string.Join(" ", added.Select((word, i) => i == 0 ? word : $"+ {word}").Concat(subtracted.Select(word => $"- {word}")));

    /// <summary>Finds frequent words of which at most a third of the letters differ. Differences of case do not count.</summary>
    public static string[] Near(WordVectors vectors, string word)
    {
        if (word.Length is 0 or > LongestWord)
            return [];
        string lower = word.ToLowerInvariant();
        int limit = Math.Max(1, lower.Length / 3);
        var found = new List<(int Distance, int Row)>();
        for (int row = 0; row < Math.Min(vectors.Count, WordsLookedAt); row++)
        {
            if (vectors.Words[row].Length > 4 * LongestWord)
                continue;
            string other = vectors.Words.GetString(row).ToLowerInvariant();
            if (Math.Abs(other.Length - lower.Length) > limit || other.Length > LongestWord)
                continue;
            int distance = Distance(lower, other);
            if (distance <= limit)
                found.Add((distance, row));
        }

        found.Sort();
        return [.. found.Take(MaxSuggestions).Select(f => vectors.Words.GetString(f.Row))];
    }

    /// <summary>Computes Levenshtein's distance: the number of letters to change, add or remove.</summary>
    public static int Distance(string a, string b)
    {
        Span<int> row = stackalloc int[LongestWord + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
