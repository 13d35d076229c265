namespace NceFast.Tests.NGrams;

/// <summary>Modified Kneser-Ney smoothing by its formulas, with dictionaries (Chen and Goodman 1998).</summary>
internal sealed class KneserNeyReference
{
    private readonly Dictionary<string, long>[] _counts;
    private readonly double[][] _discounts;
    private readonly int _order, _words;

    /// <summary>Counts sentences.</summary>
    /// <param name="sentences">Words, without ends.</param>
    /// <param name="order">The number of words of the longest n-grams.</param>
    /// <param name="words">The number of words of the vocabulary, without the start of a sentence.</param>
    public KneserNeyReference(IReadOnlyList<string[]> sentences, int order, int words)
    {
        (_order, _words) = (order, words);
        var raw = new Dictionary<string, long>[order + 1];
        for (int n = 1; n <= order; n++)
        {
            raw[n] = [];
            foreach (string[] sentence in sentences)
            {
                string[] all = ["<s>", .. sentence, "</s>"];
                for (int i = 0; i + n <= all.Length; i++)
                {
                    if (n > 1 || i > 0)
                        raw[n][Key(all[i..(i + n)])] = raw[n].GetValueOrDefault(Key(all[i..(i + n)])) + 1;
                }
            }
        }

        _counts = new Dictionary<string, long>[order + 1];
        _discounts = new double[order + 1][];
        for (int n = 1; n <= order; n++)
        {
            _counts[n] = n == order ? raw[n] : raw[n].ToDictionary(g => g.Key, g => g.Key.StartsWith("<s>", StringComparison.Ordinal) ? g.Value : raw[n + 1].Keys.Count(longer => longer.EndsWith(' ' + g.Key, StringComparison.Ordinal)));
            _discounts[n] = Discounts(_counts[n].Values);
        }
    }

    public double Probability(string[] context, string word)
    {
        if (context.Length >= _order)
            context = context[^(_order - 1)..];
        Dictionary<string, long> counts = _counts[context.Length + 1];
        double[] discounts = _discounts[context.Length + 1];
        double lower = context.Length == 0 ? 1.0 / _words : Probability(context[1..], word);
        string start = context.Length == 0 ? "" : Key(context) + " ";
        (string Gram, long Count)[] seen = [.. counts.Where(g => g.Key.StartsWith(start, StringComparison.Ordinal)).Select(g => (g.Key, g.Value))];
        if (seen.Length == 0)
            return lower;
        double total = seen.Sum(g => (double)g.Count), left = seen.Sum(g => discounts[Math.Min(3, g.Count)]) / total;
        long count = counts.GetValueOrDefault(start + word);
        return ((count - discounts[Math.Min(3, count)]) / total) + (left * lower);
    }

    private static double[] Discounts(IEnumerable<long> counts)
    {
        var have = new double[5];
        foreach (long count in counts.Where(c => c <= 4))
            have[count]++;
        double y = have[1] / (have[1] + (2 * have[2]));
        double[] of = [0, 1 - (2 * y * have[2] / have[1]), 2 - (3 * y * have[3] / have[2]), 3 - (4 * y * have[4] / have[3])];
        return Enumerable.Range(1, 3).All(i => of[i] > 0 && of[i] <= i) ? of : [0, 0.5, 1, 1.5];
    }

    private static string Key(string[] words) => string.Join(' ', words);
}
