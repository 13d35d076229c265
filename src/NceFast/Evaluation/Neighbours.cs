using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Evaluation;

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
        var search = new NeighbourSearch(vectors, top, restrict, cancellation);
        return search.OfRows([.. words.Select(word => RowOf(vectors, word))]);
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
        int[] rows = [.. added.Concat(subtracted).Select(word => RowOf(vectors, word))];
        if (!new NeighbourSearch(vectors, top, restrict, cancellation).TrySum(rows, added.Count, out IReadOnlyList<Neighbour> found))
            Throw.Usage(Spelling.ZeroSum(added, subtracted));
        return found;
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
        if (queries.Columns != vectors.Dim)
            throw new ArgumentException($"The queries have {queries.Columns} dimensions but the vectors have {vectors.Dim}; both must be equal.", nameof(queries));
        return new NeighbourSearch(vectors, top, restrict, cancellation).OfVectors(queries);
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
}
