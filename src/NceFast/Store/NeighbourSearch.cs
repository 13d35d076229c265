using NceFast.Numerics;
using NceFast.Vocab;

namespace NceFast.Store;

/// <summary>Finds the words whose vectors have the highest cosine with rows, sums of rows and other vectors.</summary>
/// <param name="vectors">The vectors to search.</param>
/// <param name="top">The number of neighbours per query.</param>
/// <param name="restrict">How many of the first words to consider as neighbours; 0 for all.</param>
/// <param name="cancellation">A token that stops the search.</param>
internal sealed class NeighbourSearch(WordVectors vectors, int top, int restrict, CancellationToken cancellation)
{
    private readonly int _top = AtLeastZero(top, nameof(top)), _restrict = AtLeastZero(restrict, nameof(restrict));

    /// <summary>Finds the neighbours of rows. A row is not its own neighbour.</summary>
    public IReadOnlyList<Neighbour>[] OfRows(ReadOnlySpan<int> rows)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        using var queries = new AlignedMatrix(rows.Length, vectors.Dim);
        int[][] own = new int[rows.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            own[i] = [rows[i]];
            vectors.Matrix.Row(rows[i]).CopyTo(queries.Row(i));
        }

        return Search(queries, own);
    }

    /// <summary>Finds the neighbours of a sum of rows, each scaled to unit length. These rows are not among the neighbours.</summary>
    /// <param name="rows">The rows to add, then the rows to subtract.</param>
    /// <param name="added">The number of rows to add.</param>
    /// <param name="found">The neighbours.</param>
    /// <returns>False if the sum is zero.</returns>
    public bool TrySum(int[] rows, int added, out IReadOnlyList<Neighbour> found)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        using var sum = new AlignedMatrix(1, vectors.Dim);
        Span<float> to = sum.Row(0);
        for (int i = 0; i < rows.Length; i++)
        {
            Span<float> row = vectors.Matrix.Row(rows[i]);
            float scale = CosineSearch.ScaleOf(row) * (i < added ? 1 : -1);
            for (int k = 0; k < to.Length; k++)
                to[k] += scale == 0 ? 0 : scale * row[k];
        }

        bool hasDirection = to.ContainsAnyExcept(0f);
        found = hasDirection ? Search(sum, [rows])[0] : [];
        return hasDirection;
    }

    /// <summary>Finds the neighbours of one vector of any length.</summary>
    public IReadOnlyList<Neighbour> OfVector(ReadOnlySpan<float> vector)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        using var query = new AlignedMatrix(1, vectors.Dim);
        vector.CopyTo(query.Row(0));
        return Search(query, null)[0];
    }

    /// <summary>Finds the neighbours of vectors of any length, which are not changed.</summary>
    public IReadOnlyList<Neighbour>[] OfVectors(AlignedMatrix queries)
    {
        using AlignedMatrix.Hold held = vectors.Matrix.Use();
        using var copies = new AlignedMatrix(queries.Rows, queries.Columns);
        for (long i = 0; i < queries.Rows; i++)
            queries.Row(i).CopyTo(copies.Row(i));
        return Search(copies, null);
    }

    /// <summary>Scales the queries to unit length and searches. Omits the rows in <paramref name="own"/> from the results of each query.</summary>
    private IReadOnlyList<Neighbour>[] Search(AlignedMatrix queries, int[][]? own)
    {
        for (long i = 0; i < queries.Rows; i++)
        {
            float scale = CosineSearch.ScaleOf(queries.Row(i));
            foreach (ref float f in queries.Row(i))
                f = scale == 0 ? 0 : f * scale;
        }

        int rows = _restrict == 0 ? vectors.Count : Math.Min(_restrict, vectors.Count);
        int further = own is { Length: > 0 } ? own.Max(ids => ids.Length) : 0;
        Scored[][] found = new CosineSearch(vectors.Matrix, rows).Find(queries, (int)Math.Min(int.MaxValue, (long)_top + further), cancellation);
        var results = new IReadOnlyList<Neighbour>[found.Length];
        for (int i = 0; i < found.Length; i++)
            results[i] = Named(found[i], own?[i] ?? []);
        return results;
    }

    private static int AtLeastZero(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        return value;
    }

    private Neighbour[] Named(Scored[] found, int[] omitted)
    {
        WordList words = vectors.Words;
        return [.. found.Where(s => !omitted.Contains(s.Row)).Take(_top).Select(s => new Neighbour(s.Row, words.GetString(s.Row), s.Score))];
    }
}
