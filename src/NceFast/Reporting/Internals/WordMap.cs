using NceFast.Numerics;
using NceFast.Store;

namespace NceFast.Reporting.Internals;

/// <summary>Represents a map of the most frequent words, with the neighbours and the cluster of each.</summary>
/// <param name="Names">The words: first those on the map, then their other neighbours.</param>
/// <param name="X">The horizontal coordinates, <c>[words on the map]</c>, -1 to 1.</param>
/// <param name="Y">The vertical coordinates, <c>[words on the map]</c>, -1 to 1.</param>
/// <param name="Near">The indices of the neighbours in <paramref name="Names"/>, nearest first, <c>[words on the map][neighbours]</c>.</param>
/// <param name="Cosines">The cosines of the neighbours in thousandths.</param>
/// <param name="Cluster">The number of the cluster of each word, from 0, <c>[words on the map]</c>.</param>
/// <param name="Clusters">The indices of frequent words near the centre of each cluster, <c>[clusters][at most 3]</c>.</param>
/// <param name="Trust">The trustworthiness of the map at 10 neighbours, 0 to 1; NaN for too few words.</param>
/// <param name="AxesTrust">The same of a map by the first two principal axes.</param>
internal sealed record WordMap(
    IReadOnlyList<string> Names,
    IReadOnlyList<double> X,
    IReadOnlyList<double> Y,
    IReadOnlyList<IReadOnlyList<int>> Near,
    IReadOnlyList<IReadOnlyList<int>> Cosines,
    IReadOnlyList<int> Cluster,
    IReadOnlyList<IReadOnlyList<int>> Clusters,
    double Trust,
    double AxesTrust)
{
    public const int MaxPoints = 2_000, Neighbours = 10;

    // A very long word would cover the map.
    private const int MaxLetters = 60;

    private const int MaxClusters = 10, ClusterWords = 3;

    public static WordMap? Of(WordVectors vectors, CancellationToken cancellation)
    {
        int count = Math.Min(MaxPoints, vectors.Count);
        if (count < 3)
            return null;
        float[][] directions = Directions(vectors, count);
        var space = new PointSimilarities(directions);
        (double X, double Y)[] axes = space.PrincipalAxes(cancellation), points = NeighbourMap.Place(space, axes, cancellation);
        double reach = points.Max(p => Math.Max(Math.Abs(p.X), Math.Abs(p.Y)));
        IReadOnlyList<IReadOnlyList<Neighbour>> near = Find(vectors, count, cancellation);
        (int[] clusterOf, int[][] members) = WordClusters.Find(directions, MaxClusters, cancellation);
        var names = new NameTable(vectors, count);
        return new WordMap(
            names.All,
            Coordinates(points.Select(p => p.X)),
            Coordinates(points.Select(p => p.Y)),
            [.. near.Select((list, row) => (IReadOnlyList<int>)[.. Others(list, row).Select(n => names.IndexOf(n.Row))])],
            [.. near.Select((list, row) => (IReadOnlyList<int>)[.. Others(list, row).Select(n => (int)Math.Round(n.Cosine * 1000))])],
            clusterOf,
            [.. members.Select(NamesOf)],
            Trustworthiness.Of(space, points, Neighbours),
            Trustworthiness.Of(space, axes, Neighbours));

        double[] Coordinates(IEnumerable<double> values) => [.. values.Select(v => Math.Round(reach > 0 ? v / reach : 0, 4))];
    }

    // The most frequent words of the third of a cluster that is nearest to its centre: typical of the cluster, and known to most readers.
    private static int[] NamesOf(int[] members) => [.. members.Take(Math.Max(ClusterWords, members.Length / 3)).Order().Take(ClusterWords)];

    private static IReadOnlyList<IReadOnlyList<Neighbour>> Find(WordVectors vectors, int count, CancellationToken cancellation)
    {
        using var queries = new AlignedMatrix(count, vectors.Dim);
        for (int row = 0; row < count; row++)
            vectors.Matrix.Row(row).CopyTo(queries.Row(row));
        return Evaluation.Neighbours.Find(vectors, queries, Neighbours + 1, 0, cancellation);
    }

    private static IEnumerable<Neighbour> Others(IReadOnlyList<Neighbour> list, int row) => list.Where(n => n.Row != row && float.IsFinite(n.Cosine)).Take(Neighbours);

    // Scales the vectors to unit length. Length depends on frequency, and otherwise the map would show little else.
    private static float[][] Directions(WordVectors vectors, int count)
    {
        var directions = new float[count][];
        for (int row = 0; row < count; row++)
        {
            float[] point = directions[row] = Array.ConvertAll(vectors.Matrix.Row(row).ToArray(), f => float.IsFinite(f) ? f : 0);
            double length = Math.Sqrt(point.Sum(v => (double)v * v));
            if (length > 0)
                directions[row] = Array.ConvertAll(point, v => (float)(v / length));
        }

        return directions;
    }

    /// <summary>Assigns indices to words. Words that are not on the map get an index when they are first used.</summary>
    private sealed class NameTable
    {
        private readonly WordVectors _vectors;
        private readonly int _points;
        private readonly Dictionary<int, int> _beyond = [];

        public NameTable(WordVectors vectors, int points)
        {
            (_vectors, _points) = (vectors, points);
            for (int row = 0; row < points; row++)
                All.Add(Text(row));
        }

        public List<string> All { get; } = [];

        public int IndexOf(int row)
        {
            if (row < _points)
                return row;
            if (!_beyond.TryGetValue(row, out int index))
            {
                _beyond[row] = index = All.Count;
                All.Add(Text(row));
            }

            return index;
        }

        private string Text(int row)
        {
            string word = _vectors.Words.GetString(row);
            return word.Length <= MaxLetters ? word : $"{word.AsSpan(0, MaxLetters)}…";
        }
    }
}
