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
            rows[i] = RowOf(vectors, words[i]);
            vectors.Matrix.Row(rows[i]).CopyTo(queries.Row(i));
        }

        return Search(vectors, queries, top, restrict, [.. rows.Select(row => new[] { row })], cancellation);
    }

    /// <summary>
    /// Finds the words that are nearest to a sum of words, such as king - man + woman. Each vector is scaled to unit length before it is
    /// added or subtracted (3CosAdd; Mikolov, Yih and Zweig 2013). The given words are not among the neighbours.
    /// </summary>
    /// <param name="vectors">The vectors, most frequent word first.</param>
    /// <param name="added">The words to add, spelt as in the vectors. A word that is given twice counts twice.</param>
    /// <param name="subtracted">The words to subtract.</param>
    /// <param name="top">The number of neighbours.</param>
    /// <param name="restrict">How many of the most frequent words to consider as neighbours; 0 for all.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    /// <returns>The neighbours, nearest first. If two are equally near, the more frequent word is first.</returns>
    /// <exception cref="NceFastException">A word is unknown, or the sum is zero (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static IReadOnlyList<Neighbour> FindSum(WordVectors vectors, IReadOnlyList<string> added, IReadOnlyList<string> subtracted, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        int[] rows = [.. added.Concat(subtracted).Select(word => RowOf(vectors, word))];
        using var sum = new AlignedMatrix(1, vectors.Dim);
        Span<float> to = sum.Row(0);
        for (int i = 0; i < rows.Length; i++)
        {
            Span<float> row = vectors.Matrix.Row(rows[i]);
            float scale = CosineSearch.ScaleOf(row) * (i < added.Count ? 1 : -1);
            for (int k = 0; k < to.Length; k++)
                to[k] += scale == 0 ? 0 : scale * row[k];
        }

        if (!to.ContainsAnyExcept(0f))
            Throw.Usage($"The sum of {Spelling.Terms(added, subtracted)} is zero, so that no word is nearer than others; use other words.");
        return Search(vectors, sum, top, restrict, [rows], cancellation)[0];
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

    /// <summary>Gets the row of a word.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="word">The word, spelt as in the vectors.</param>
    /// <exception cref="NceFastException">The word is unknown (<see cref="ErrorKind.Usage"/>). The message suggests similar spellings.</exception>
    public static int RowOf(WordVectors vectors, string word)
    {
        int row = vectors.IndexOf(word);
        if (row < 0)
            Throw.Usage(Spelling.UnknownWord(vectors, word));
        return row;
    }

    /// <summary>Scales the queries to unit length and searches. Omits the rows in <paramref name="own"/> from the results of each query.</summary>
    private static IReadOnlyList<Neighbour>[] Search(WordVectors vectors, AlignedMatrix queries, int top, int restrict, int[][]? own, CancellationToken cancellation)
    {
        for (long i = 0; i < queries.Rows; i++)
        {
            float scale = CosineSearch.ScaleOf(queries.Row(i));
            foreach (ref float f in queries.Row(i))
                f = scale == 0 ? 0 : f * scale;
        }

        var search = new CosineSearch(vectors.Matrix, UpperCase.Restricted(vectors, restrict));
        int further = own is { Length: > 0 } ? own.Max(rows => rows.Length) : 0;
        Scored[][] found = search.Find(queries, (int)Math.Min(int.MaxValue, (long)top + further), cancellation);
        return [.. found.Select((list, i) => Named(vectors, list.Where(s => own == null || !own[i].Contains(s.Row)).Take(top)))];
    }

    private static IReadOnlyList<Neighbour> Named(WordVectors vectors, IEnumerable<Scored> found) =>
        [.. found.Select(s => new Neighbour(s.Row, vectors.Words.GetString(s.Row), s.Score))];
}
