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

    /// <summary>Evaluates a file of pairs.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="pairsPath">
    /// A pair a line: word, word, score, separated by tabs, else commas, else blanks; further columns are ignored.
    /// Lines that begin with # are comments; lines without a finite score are counted and left out.
    /// </param>
    /// <param name="restrict">Most frequent words considered; 0 for all.</param>
    /// <param name="cancellation">Stops the evaluation.</param>
    /// <returns>The correlations and counts.</returns>
    /// <exception cref="NceFastException">The file is missing or holds no pair (<see cref="ErrorKind.Input"/>).</exception>
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
    /// <exception cref="NceFastException">The stream holds no pair (<see cref="ErrorKind.Input"/>).</exception>
    public static SimilarityResult Run(WordVectors vectors, Stream pairs, int restrict = DefaultRestrict, CancellationToken cancellation = default)
    {
        using StreamReader reader = EvaluationFile.Open(pairs);
        return Run(vectors, reader, "the pairs", restrict, cancellation);
    }

    private static SimilarityResult Run(WordVectors vectors, StreamReader reader, string name, int restrict, CancellationToken cancellation)
    {
        var words = new UpperCase(vectors, UpperCase.Restricted(vectors, restrict));
        List<double> gold = [], model = [];
        int skipped = 0, invalid = 0;
        while (reader.ReadLine() is { } line)
        {
            cancellation.ThrowIfCancellationRequested();
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
                continue;
            if (!TryPair(line, out string first, out string second, out double score))
            {
                invalid++;
                continue;
            }

            int a = words.Find(first), b = words.Find(second);
            if (a < 0 || b < 0)
            {
                skipped++;
                continue;
            }

            gold.Add(score);
            model.Add(Cosine(vectors, a, b));
        }

        if (gold.Count + skipped == 0)
            throw new NceFastException(ErrorKind.Input, $"{name} holds no word pair ({invalid:N0} lines could not be read); lines must hold two words and a number, separated by tabs, commas or spaces.");
        double[] x = [.. gold], y = [.. model];
        return new SimilarityResult(Correlation.Spearman(x, y), Correlation.Pearson(x, y), x.Length, skipped, invalid);
    }

    private static bool TryPair(string line, out string first, out string second, out double score)
    {
        (first, second, score) = ("", "", 0);
        char[]? separators = line.Contains('\t') ? ['\t'] : line.Contains(',') ? [','] : null;
        StringSplitOptions options = separators == null ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.TrimEntries;
        string[] parts = line.Split(separators, options);
        if (parts.Length < 3 || !double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out score) || !double.IsFinite(score))
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
}
