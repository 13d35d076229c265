namespace NceFast.Tests.Training;

/// <summary>
/// A small set of settings that contains every allowed pair of values of every two factors. Most faults that depend on
/// settings depend on one or two of them, and a full product would take hours.
/// </summary>
internal static class PairwiseCover
{
    /// <summary>Makes the cover greedily: each row is built around a pair that is still open and closes as many others as it can.</summary>
    /// <param name="levels">Values of each factor.</param>
    /// <param name="isAllowed">Whether a row is a valid setting.</param>
    /// <returns>Rows: one index of a value per factor.</returns>
    public static List<int[]> Of(int[] levels, Func<int[], bool> isAllowed)
    {
        var random = new Random(1);
        var open = new HashSet<(int F, int A, int G, int B)>();
        for (int f = 0; f < levels.Length; f++)
        {
            for (int g = f + 1; g < levels.Length; g++)
            {
                for (int a = 0; a < levels[f]; a++)
                {
                    for (int b = 0; b < levels[g]; b++)
                        open.Add((f, a, g, b));
                }
            }
        }

        var rows = new List<int[]>();
        while (open.Count > 0)
        {
            (int F, int A, int G, int B) pair = open.First();
            int[]? best = null;
            int most = -1;
            for (int attempt = 0; attempt < 60; attempt++)
            {
                int[] row = [.. levels.Select(count => random.Next(count))];
                (row[pair.F], row[pair.G]) = (pair.A, pair.B);
                int closes = isAllowed(row) ? Pairs(row).Count(open.Contains) : -1;
                if (closes > most)
                    (best, most) = (row, closes);
            }

            open.Remove(pair); // a pair that no valid setting contains is left out
            if (best is null || most < 0)
                continue;
            rows.Add(best);
            open.ExceptWith(Pairs(best));
        }

        return rows;
    }

    private static IEnumerable<(int F, int A, int G, int B)> Pairs(int[] row)
    {
        for (int f = 0; f < row.Length; f++)
        {
            for (int g = f + 1; g < row.Length; g++)
                yield return (f, row[f], g, row[g]);
        }
    }
}
