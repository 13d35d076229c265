using System.Globalization;
using NceFast.Evaluation.Internals;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>
/// Compares cosines of word pairs with human judgements (WordSim-353, RG-65, MTurk-771 and their like). Words match
/// without regard to case, of several variants the first row counts, and pairs with unknown words are left out, as in
/// gensim's <c>evaluate_word_pairs</c>, with whose figures these agree.
/// </summary>
public static class SimilarityEvaluation
{
    /// <summary>Rows considered unless told otherwise: the custom for published figures.</summary>
    public const int DefaultRestrict = 30_000;

    /// <summary>Pairs that a correlation needs: two always lie on a line.</summary>
    public const int LeastPairs = 3;

    /// <summary>Evaluates a file of pairs.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="pairsPath">
    /// A pair a line: word, word, score, separated by tabs, else commas, else blanks; further columns are ignored.
    /// Lines that begin with # are comments, and the first line may name the columns; other lines without a finite score are
    /// counted and left out.
    /// </param>
    /// <param name="restrict">Most frequent words considered; 0 for all.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>The correlations and counts.</returns>
    /// <exception cref="NceFastException">
    /// The file is missing (<see cref="ErrorKind.Input"/>); or no correlation exists, because fewer than 3 pairs are known, or all
    /// scores or all cosines are equal (<see cref="ErrorKind.EmptyVocabulary"/>).
    /// </exception>
    public static SimilarityResult Run(WordVectors vectors, string pairsPath, int restrict = DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        return Run(vectors, reader, pairsPath, restrict, cancellation);
    }

    /// <summary>Evaluates pairs from a stream; see the other overload.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="pairs">The pairs, as UTF-8 text; the stream is closed.</param>
    /// <param name="restrict">Most frequent words considered; 0 for all.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>The correlations and counts.</returns>
    /// <exception cref="NceFastException">No correlation exists (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    public static SimilarityResult Run(WordVectors vectors, Stream pairs, int restrict = DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairs);
        return Run(vectors, reader, "the pairs", restrict, cancellation);
    }

    /// <summary>The correlations as far as they exist; NaN and a reason where they do not.</summary>
    internal static (SimilarityResult Result, string? Reason) Measure(WordVectors vectors, string pairsPath, int restrict, CancellationToken cancellation)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        return Measure(vectors, reader, pairsPath, restrict, cancellation);
    }

    /// <summary>Ends when no vectors of these words could be measured on a table.</summary>
    /// <param name="vectors">The words; their vectors are not looked at.</param>
    /// <param name="pairsPath">The table.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="NceFastException">The table is missing (<see cref="ErrorKind.Input"/>), or no correlation exists (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsureMeasurable(WordVectors vectors, string pairsPath, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        Table table = Read(reader, new UpperCase(vectors, UpperCase.Restricted(vectors, DefaultRestrict)), cancellation);
        if (table.Reason(pairsPath) is { } reason)
            throw table.Nothing(reason);
    }

    /// <summary>Ends when a table holds too few pairs for any vectors.</summary>
    /// <param name="pairsPath">The table.</param>
    /// <exception cref="NceFastException">It is missing (<see cref="ErrorKind.Input"/>), or holds no 3 pairs (<see cref="ErrorKind.EmptyVocabulary"/>).</exception>
    internal static void EnsurePairs(string pairsPath)
    {
        using StreamReader reader = EvaluationFile.Open(pairsPath);
        Table table = Read(reader, null, default);
        if (table.Skipped < LeastPairs)
            throw table.Nothing($"{pairsPath} holds {table.Skipped:N0} word pairs with a score ({table.Invalid:N0} lines could not be read); a correlation needs {LeastPairs}. Name another table.");
    }

    private static SimilarityResult Run(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        (SimilarityResult result, string? reason) = Measure(vectors, reader, name, restrict, cancellation);
        return reason is null ? result : throw Nothing.Measured(reason, ("pairs", result.Pairs), ("skipped", result.Skipped), ("invalidLines", result.InvalidLines));
    }

    private static (SimilarityResult Result, string? Reason) Measure(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        Table table = Read(reader, new UpperCase(vectors, UpperCase.Restricted(vectors, restrict)), cancellation);
        double[] gold = [.. table.Known.Select(p => p.Score)], model = [.. table.Known.Select(p => Cosine(vectors, p.First, p.Second))];
        string? reason = table.Reason(name) ?? (IsConstant(model) ? $"The cosines of all {model.Length:N0} pairs of {name} are equal, so that they have no order to compare; are the vectors trained?" : null);
        bool exists = reason is null;
        return (new SimilarityResult(exists ? Correlation.Spearman(gold, model) : double.NaN, exists ? Correlation.Pearson(gold, model) : double.NaN, gold.Length, table.Skipped, table.Invalid), reason);
    }

    // The first line may name the columns.
    private static Table Read(StreamReader reader, UpperCase? words, CancellationToken cancellation)
    {
        var table = new Table();
        bool isFirst = true;
        while (reader.ReadLine() is { } line)
        {
            cancellation.ThrowIfCancellationRequested();
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
                continue;
            if (TryPair(line, out string first, out string second, out double score, out bool isHeader))
                table.Add(words?.Find(first) ?? -1, words?.Find(second) ?? -1, score);
            else if (!isFirst || !isHeader)
                table.Invalid++;
            isFirst = false;
        }

        return table;
    }

    private static bool IsConstant(double[] values) => values.All(v => v == values[0]);

    private static bool TryPair(string line, out string first, out string second, out double score, out bool isHeader)
    {
        (first, second, score) = ("", "", double.NaN);
        char[]? separators = line.Contains('\t') ? ['\t'] : line.Contains(',') ? [','] : null;
        StringSplitOptions options = separators == null ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.TrimEntries;
        string[] parts = line.Split(separators, options);
        isHeader = parts.Length >= 3 && !double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out score);
        if (parts.Length < 3 || isHeader || !double.IsFinite(score))
            return false;
        (first, second) = (UpperCase.Of(parts[0]), UpperCase.Of(parts[1]));
        return true;
    }

    private static double Cosine(WordVectors vectors, int a, int b)
    {
        Span<float> x = vectors.Matrix.Row(a), y = vectors.Matrix.Row(b);
        double scale = CosineSearch.InverseLength(x) * CosineSearch.InverseLength(y);
        return scale == 0 ? 0 : CosineSearch.Dot(x, y) * scale;
    }

    /// <summary>A table whose words are looked up.</summary>
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

        /// <summary>Why no correlation exists, whatever the vectors are; null when one may.</summary>
        public string? Reason(string name)
        {
            int pairs = Known.Count, all = pairs + Skipped;
            if (all == 0)
                return $"{name} holds no word pair ({Invalid:N0} lines could not be read); lines must hold two words and a number, separated by tabs, commas or spaces.";
            if (pairs < LeastPairs)
                return $"{name} holds {all:N0} word pairs, and the vectors have both words of {pairs:N0}; a correlation needs {LeastPairs}. Name another table, or vectors of more words; check language and spelling.";
            return Known.All(p => p.Score == Known[0].Score) ? $"The scores of all {pairs:N0} known pairs of {name} are {Known[0].Score}, so that they have no order to compare; name another table." : null;
        }

        public NceFastException Nothing(string reason) => Internals.Nothing.Measured(reason, ("pairs", Known.Count), ("skipped", Skipped), ("invalidLines", Invalid));
    }
}
