using NceFast.Evaluation.Internals;
using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

/// <summary>A word near another.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Word">The word.</param>
/// <param name="Cosine">Cosine of the two vectors, -1 to 1.</param>
public readonly record struct Neighbour(int Row, string Word, float Cosine);

/// <summary>Finds the words whose vectors have the highest cosine with given ones. Exact: every row is compared.</summary>
public static class Neighbours
{
    /// <summary>Neighbours of several words; a word is not its own neighbour.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="words">The words, spelt as in the vectors.</param>
    /// <param name="top">Neighbours a word.</param>
    /// <param name="restrict">Most frequent words considered as neighbours; 0 for all.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>For each word its neighbours, nearest first; of equally near ones the more frequent first.</returns>
    /// <exception cref="NceFastException">A word is unknown; the message names similar spellings (<see cref="ErrorKind.Usage"/>).</exception>
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

    /// <summary>Words nearest to given vectors.</summary>
    /// <param name="vectors">Vectors in order of falling frequency.</param>
    /// <param name="queries">The vectors, <c>[queries, dim]</c>, of any length.</param>
    /// <param name="top">Neighbours a query.</param>
    /// <param name="restrict">Most frequent words considered as neighbours; 0 for all.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>For each query its neighbours, nearest first; of equally near ones the more frequent first.</returns>
    /// <exception cref="ArgumentException">The queries have another dimension than the vectors.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<Neighbour>> Find(WordVectors vectors, AlignedMatrix queries, int top = 10, int restrict = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        if (queries.Columns != vectors.Dim)
            throw new ArgumentException($"The queries have {queries.Columns} floats but the vectors {vectors.Dim}; they must be equal.", nameof(queries));
        using var copies = new AlignedMatrix(queries.Rows, queries.Columns);
        for (long i = 0; i < queries.Rows; i++)
            queries.Row(i).CopyTo(copies.Row(i));
        return Search(vectors, copies, top, restrict, null, cancellation);
    }

    /// <summary>Makes the queries unit length, searches, and leaves out each query's own row where one is given.</summary>
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
