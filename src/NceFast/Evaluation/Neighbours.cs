using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>Represents a word that is near another word.</summary>
/// <param name="Row">The row of the word.</param>
/// <param name="Word">The word.</param>
/// <param name="Cosine">The cosine of the two vectors, -1 to 1.</param>
public readonly record struct Neighbour(int Row, string Word, float Cosine);

/// <summary>Finds the words whose vectors have the highest cosine with given vectors. The search is exact: it compares every row.</summary>
public static class Neighbours
{
    /// <summary>Finds the neighbours of several words. A word is not its own neighbour.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="words">The words, spelt as in the vectors.</param>
    /// <param name="top">The number of neighbours per word.</param>
    /// <param name="restrict">How many of the most frequent words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours of each word, nearest first. If two are equally near, the more frequent word is first.</returns>
    /// <exception cref="NceFastException">A word is unknown (<see cref="ErrorKind.Usage"/>). The message suggests similar spellings.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<Neighbour>> Find(WordVectors vectors, IReadOnlyList<string> words, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        int[] rows = new int[words.Count];
        using var queries = new AlignedMatrix(words.Count, vectors.Dim);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = vectors.IndexOf(words[i]);
            if (rows[i] < 0)
                Throw.Usage(Spelling.UnknownWord(vectors, words[i]));
            vectors.Matrix.Row(rows[i]).CopyTo(queries.Row(i));
        }

        return Search(vectors, queries, top, restrict, rows, cancellation);
    }

    /// <summary>Finds the words that are nearest to given vectors.</summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="queries">The vectors to search for, <c>[queries, dim]</c>, of any length.</param>
    /// <param name="top">The number of neighbours per query.</param>
    /// <param name="restrict">How many of the most frequent words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours of each query, nearest first. If two are equally near, the more frequent word is first.</returns>
    /// <exception cref="ArgumentException">The dimensions of the queries and the vectors differ.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<Neighbour>> Find(WordVectors vectors, AlignedMatrix queries, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        if (queries.Columns != vectors.Dim)
            throw new ArgumentException($"The queries have {queries.Columns} dimensions but the vectors have {vectors.Dim}; both must be equal.", nameof(queries));
        using var copies = new AlignedMatrix(queries.Rows, queries.Columns);
        for (long i = 0; i < queries.Rows; i++)
            queries.Row(i).CopyTo(copies.Row(i));
        return Search(vectors, copies, top, restrict, null, cancellation);
    }

    /// <summary>Scales the queries to unit length and searches. Omits the row in <paramref name="own"/> from the results of each query.</summary>
    private static IReadOnlyList<Neighbour>[] Search(WordVectors vectors, AlignedMatrix queries, int top, int restrict, int[]? own, CancellationToken cancellation)
    {
        for (long i = 0; i < queries.Rows; i++)
        {
            float scale = (float)CosineSearch.InverseLength(queries.Row(i));
            foreach (ref float f in queries.Row(i))
                f = scale == 0 ? 0 : f * scale;
        }

        var search = new CosineSearch(vectors.Matrix, UpperCase.Restricted(vectors, restrict));
        Scored[][] found = search.Find(queries, own == null || top == int.MaxValue ? top : top + 1, cancellation);
        return [.. found.Select((list, i) => Named(vectors, list.Where(s => own == null || s.Row != own[i]).Take(top)))];
    }

    private static IReadOnlyList<Neighbour> Named(WordVectors vectors, IEnumerable<Scored> found) =>
        [.. found.Select(s => new Neighbour(s.Row, vectors.Words.GetString(s.Row), s.Score))];
}
