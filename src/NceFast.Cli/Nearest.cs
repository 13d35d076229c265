namespace NceFast.Cli;

/// <summary>
/// Finds the names that are spelt almost like one that does not exist. System.CommandLine finds corrections too, but only prints them,
/// in colours and in a form of its own.
/// </summary>
internal static class Nearest
{
    private const int MaxNames = 3, LongestName = 64;

    /// <summary>Finds the nearest names: at most a third of the letters differ, or they begin with what was given.</summary>
    /// <param name="given">What was given, with its hyphens if it is an option.</param>
    /// <param name="names">What is allowed.</param>
    public static IReadOnlyList<string> Of(string given, IEnumerable<string> names)
    {
        string key = Key(given);
        if (key.Length is 0 or > LongestName)
            return [];
        int limit = Math.Max(1, key.Length / 3);
        (string Name, int Distance)[] near = [.. names.Distinct().Select(name => (name, Distance(key, Key(name)))).Where(n => n.Item2 <= limit)];
        return near.Length > 0
            ? [.. near.Where(n => n.Distance == near.Min(m => m.Distance)).Take(MaxNames).Select(n => n.Name)]
            : [.. names.Distinct().Where(name => key.Length > 1 && Key(name).StartsWith(key, StringComparison.Ordinal)).Take(MaxNames)];
    }

    /// <summary>Gets the question that follows an error; empty if no name is near.</summary>
    public static string Question(IReadOnlyList<string> nearest) => nearest.Count == 0 ? "" : $" Did you mean {string.Join(" or ", nearest)}?";

    private static string Key(string name) => name.TrimStart('-').ToLowerInvariant();

    // The number of letters to change, add or remove, or of neighbours to swap (optimal string alignment).
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
                cost[i, j] = i == 0 ? j : j == 0 ? i : Step(i, j);
        }

        return cost[a.Length, b.Length];

        int Step(int i, int j)
        {
            int least = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            return i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
        }
    }
}
