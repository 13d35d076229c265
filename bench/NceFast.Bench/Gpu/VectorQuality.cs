using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Bench.Gpu;

/// <summary>Measures the quality of vectors.</summary>
/// <param name="text">The text.</param>
/// <param name="pairs">A file of word pairs with human scores; null for none.</param>
/// <param name="questions">A file of analogies; null for none.</param>
internal sealed class VectorQuality(GpuText text, string? pairs, string? questions)
{
    private const int Top = 10, Queries = 500;

    /// <summary>Gets the names of the measures.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            if (text.Synthetic is not null)
                yield return "neighbours of the same class, %";
            if (pairs is not null)
                yield return Path.GetFileNameWithoutExtension(pairs);
            if (questions is not null)
                yield return "analogies, %";
        }
    }

    /// <summary>Measures vectors.</summary>
    /// <returns>A cell of a table for each name.</returns>
    public IEnumerable<string> Of(WordVectors vectors)
    {
        if (text.Synthetic is { } corpus)
            yield return FormattableString.Invariant($"{SameClass(vectors, corpus):F1}");
        if (pairs is not null)
            yield return Measured(() => FormattableString.Invariant($"{SimilarityEvaluation.Run(vectors, pairs).Spearman:F3}"));
        if (questions is not null)
            yield return Measured(() => FormattableString.Invariant($"{100 * AnalogyEvaluation.Run(vectors, questions).All.Accuracy:F1}"));
    }

    // A short text may have too few of the words.
    private static string Measured(Func<string> measure)
    {
        try
        {
            return measure();
        }
        catch (NceFastException)
        {
            return "too few words";
        }
    }

    private static double SameClass(WordVectors vectors, SyntheticCorpus corpus)
    {
        var classes = Enumerable.Range(0, corpus.DistinctWords).ToDictionary(corpus.TextOf, corpus.ClassOf);
        string[] words = [.. Enumerable.Range(0, vectors.Count).Select(vectors.Words.GetString).Where(classes.ContainsKey).Take(Queries)];
        var found = Neighbours.Find(vectors, words, Top);
        return 100 * found.Select((list, i) => list.Count(n => classes.GetValueOrDefault(n.Word, -1) == classes[words[i]]) / (double)Top).Average();
    }
}
