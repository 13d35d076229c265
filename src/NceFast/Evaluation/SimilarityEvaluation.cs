using MathNet.Numerics.Statistics;
using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Compares the cosines of word pairs with human judgements (WordSim-353, SimLex-999, MEN, RareWords, RG-65, MTurk-771 and similar sets, as published). Words are
/// compared without regard to case, the first row of several case variants counts, and pairs with unknown words are skipped.
/// The results agree with those of gensim's <c>evaluate_word_pairs</c>.
/// </summary>
public static class SimilarityEvaluation
{
    /// <summary>The default number of words to consider, which published results also use.</summary>
    public const int DefaultRestrict = 30_000;

    /// <summary>The minimum number of pairs of a correlation. Two pairs always lie on a line.</summary>
    public const int LeastPairs = 3;

    /// <summary>Evaluates a file of pairs.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="pairsPath">
    /// A file with one pair per line: word, word and score, separated by tabs, or else semicolons, or else commas, or else spaces.
    /// Fields may be in double quotes. Further columns are ignored. Lines that begin with # are comments. The first line may be a
    /// header, whose names (word1, word2, SimLex999, Human (mean), score and similar ones) determine the columns. Other lines
    /// without a finite score are counted as invalid and ignored.
    /// </param>
    /// <param name="restrict">How many of the most frequent words to consider; 0 for all.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <returns>The correlations and the counts.</returns>
    /// <exception cref="NceFastException">
    /// The file is missing (<see cref="ErrorKind.Input"/>), or no correlation exists because fewer than 3 pairs are known or
    /// because all scores or all cosines are equal (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    public static SimilarityResult Run(WordVectors vectors, string pairsPath, int restrict = DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        return Run(vectors, reader, pairsPath, restrict, cancellation);
    }

    /// <summary>Evaluates pairs from a stream.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="pairs">The pairs, as UTF-8 text; the stream is closed.</param>
    /// <param name="restrict">How many of the most frequent words to consider; 0 for all.</param>
    /// <param name="cancellation">A token that stops the evaluation.</param>
    /// <returns>The correlations and the counts.</returns>
    /// <exception cref="NceFastException">No correlation exists (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static SimilarityResult Run(WordVectors vectors, Stream pairs, int restrict = DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairs);
        return Run(vectors, reader, "the pairs", restrict, cancellation);
    }

    /// <summary>Computes the correlations. If they do not exist, they are NaN and the reason is returned.</summary>
    internal static (SimilarityResult Result, string? Reason) Measure(WordVectors vectors, string pairsPath, int restrict, CancellationToken cancellation)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        return Measure(vectors, reader, pairsPath, restrict, cancellation);
    }

    /// <summary>Throws if a table has no correlation with any vectors of these words.</summary>
    /// <param name="vectors">The words. The values of their vectors are not used.</param>
    /// <param name="pairsPath">The path of the table.</param>
    /// <param name="cancellation">A token that stops the check.</param>
    /// <exception cref="NceFastException">The table is missing (<see cref="ErrorKind.Input"/>), or no correlation exists (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsureMeasurable(WordVectors vectors, string pairsPath, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        Table table = Read(reader, new UpperCase(vectors, UpperCase.Restricted(vectors, DefaultRestrict)), cancellation);
        if (table.Reason(pairsPath) is { } reason)
            throw table.NoMeasurement(reason);
    }

    /// <summary>Throws if a table has too few pairs for a correlation, whatever the vectors are.</summary>
    /// <param name="pairsPath">The path of the table.</param>
    /// <exception cref="NceFastException">The table is missing (<see cref="ErrorKind.Input"/>), or it has fewer than 3 pairs (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsurePairs(string pairsPath)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        Table table = Read(reader, null, default);
        if (table.Skipped < LeastPairs)
            throw table.NoMeasurement($"{pairsPath} has {table.Skipped:N0} word pairs with a score ({table.Invalid:N0} lines could not be read); a correlation needs {LeastPairs}. Use another table.");
    }

    private static SimilarityResult Run(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        (SimilarityResult result, string? reason) = Measure(vectors, reader, name, restrict, cancellation);
        return reason is null ? result : throw NoMeasurement.Because(reason, ("pairs", result.Pairs), ("skipped", result.Skipped), ("invalidLines", result.InvalidLines));
    }

    private static (SimilarityResult Result, string? Reason) Measure(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        Table table = Read(reader, new UpperCase(vectors, UpperCase.Restricted(vectors, restrict)), cancellation);
        double[] gold = [.. table.Known.Select(p => p.Score)], model = [.. table.Known.Select(p => Cosine(vectors, p.First, p.Second))];
        string? reason = table.Reason(name) ?? (IsConstant(model) ? $"The cosines of all {model.Length:N0} pairs in {name} are equal, so there is no order to compare; check that the vectors are trained." : null);
        bool exists = reason is null;
        return (new SimilarityResult(exists ? InRange(Correlation.Spearman(gold, model)) : double.NaN, exists ? InRange(Correlation.Pearson(gold, model)) : double.NaN, gold.Length, table.Skipped, table.Invalid), reason);
    }

    // A perfect correlation may be computed as slightly more than 1.
    private static double InRange(double correlation) => Math.Clamp(correlation, -1, 1);

    private static Table Read(StreamReader reader, UpperCase? words, CancellationToken cancellation)
    {
        var table = new Table();
        var columns = new PairColumns();
        while (reader.ReadLine() is { } line)
        {
            cancellation.ThrowIfCancellationRequested();
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
                continue;
            switch (columns.Read(line, out (string First, string Second, double Score) pair))
            {
                case LineKind.Pair:
                    table.Add(Find(words, pair.First), Find(words, pair.Second), pair.Score);
                    break;
                case LineKind.Invalid:
                    table.Invalid++;
                    break;
            }
        }

        return table;
    }

    // MEN has a second form, in which the part of speech follows each word: sun-n, buy-v, hot-j.
    private static int Find(UpperCase? words, string word)
    {
        int row = words?.Find(UpperCase.Of(word)) ?? -1;
        return row < 0 && word is [_, .., '-', 'n' or 'v' or 'j'] ? words?.Find(UpperCase.Of(word[..^2])) ?? -1 : row;
    }

    private static bool IsConstant(double[] values) => values.All(v => v == values[0]);

    private static double Cosine(WordVectors vectors, int a, int b) => CosineSearch.Cosine(vectors.Matrix.Row(a), vectors.Matrix.Row(b));

    /// <summary>Represents a table whose words have been looked up.</summary>
    private sealed class Table
    {
        public List<(int First, int Second, double Score)> Known { get; } = [];

        public int Skipped { get; private set; }

        public int Invalid { get; set; }

        public void Add(int first, int second, double score)
        {
            if (first < 0 || second < 0)
                Skipped++;
            else
                Known.Add((first, second, score));
        }

        /// <summary>Explains why no correlation exists, whatever the vectors are, or returns null if one may exist.</summary>
        public string? Reason(string name)
        {
            int pairs = Known.Count, all = pairs + Skipped;
            if (all == 0)
                return $"{name} has no word pair ({Invalid:N0} lines could not be read); each line must have two words and a number, separated by tabs, semicolons, commas or spaces.";
            if (pairs < LeastPairs)
                return $"{name} has {all:N0} word pairs, and the vectors have both words of {pairs:N0} pairs; a correlation needs {LeastPairs}. Use another table or vectors of more words, and check the language and the spelling.";
            return Known.All(p => p.Score == Known[0].Score) ? $"The scores of all {pairs:N0} known pairs in {name} are {Known[0].Score}, so there is no order to compare; use another table." : null;
        }

        public NceFastException NoMeasurement(string reason) => Internals.NoMeasurement.Because(reason, ("pairs", Known.Count), ("skipped", Skipped), ("invalidLines", Invalid));
    }
}
