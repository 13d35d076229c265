using NceFast.Numerics;
using NceFast.Reporting.Internals;
using NceFast.Store;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Reporting;

/// <summary>Tests the word map: its axes, its places, their trustworthiness, and the clusters.</summary>
public sealed class WordMapTests
{
    // For points on a line through the unit sphere, the first axis has all the variance and the second has none.
    [Fact]
    public void Principal_axes_of_two_opposite_groups_are_the_line_between_them()
    {
        float[][] points = [.. Enumerable.Range(0, 50).Select(i => i % 2 == 0 ? new[] { 0.6f, 0.8f, 0 } : [-0.6f, -0.8f, 0])];
        (double X, double Y)[] placed = new PointSimilarities(points).PrincipalAxes(CancellationToken.None);
        Assert.All(placed, p => Assert.Equal((1.0, 0.0), (Math.Round(Math.Abs(p.X), 5), Math.Round(p.Y, 5))));
        Assert.All(placed.Where((_, i) => i % 2 == 0), p => Assert.Equal(placed[0].X, p.X, 5));
    }

    [Fact]
    public void Largest_eigenvectors_are_those_of_a_full_decomposition()
    {
        double[][] matrix = [[4, 1, 0.5, 0], [1, 3, 0, 0.2], [0.5, 0, 2, 0.1], [0, 0.2, 0.1, 1]];
        var full = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.DenseOfRowArrays(matrix).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);
        double[][] found = PrincipalDirections.Largest(matrix, 2);
        for (int i = 0; i < 2; i++)
            Assert.Equal(1, Math.Abs(full.EigenVectors.Column(3 - i).DotProduct(MathNet.Numerics.LinearAlgebra.Vector<double>.Build.Dense(found[i]))), 8);
    }

    [Fact]
    public void Vectors_beyond_the_rank_are_zero()
    {
        Assert.Equal([0, 0, 0], PrincipalDirections.Largest([[1, 2, 3], [2, 4, 6], [3, 6, 9]], 2)[1]);
        Assert.Equal([0, 0], PrincipalDirections.Largest([[0, 0], [0, 0]], 1)[0]);
    }

    // The definition of Venna and Kaski, with ranks from a sorted list.
    [Fact]
    public void Trustworthiness_is_that_of_its_definition()
    {
        float[][] points = Random(60, 5, seed: 1);
        var space = new PointSimilarities(points);
        (double X, double Y)[] map = [.. Random(60, 2, seed: 2).Select(p => ((double)p[0], (double)p[1]))];
        const int Near = 7;
        double sum = 0;
        for (int i = 0; i < 60; i++)
        {
            int point = i;
            List<int> inSpace = [.. Enumerable.Range(0, 60).Where(j => j != point).OrderByDescending(j => space.Row(point)[j])];
            IEnumerable<int> onMap = Enumerable.Range(0, 60).Where(j => j != point).OrderBy(j => Math.Pow(map[j].X - map[point].X, 2) + Math.Pow(map[j].Y - map[point].Y, 2)).Take(Near);
            sum += onMap.Select(j => inSpace.IndexOf(j) + 1).Where(rank => rank > Near).Sum(rank => rank - Near);
        }

        Assert.Equal(1 - (2 * sum / (60 * Near * ((2 * 60) - (3 * Near) - 1))), Trustworthiness.Of(space, map, Near), 10);
        Assert.Equal(double.NaN, Trustworthiness.Of(space, map, 30));
    }

    // Twenty groups in 30 dimensions, of which two axes can separate only a few.
    [Fact]
    public void The_map_is_more_trustworthy_than_principal_axes_and_the_same_in_every_call()
    {
        using WordVectors vectors = Groups(20, 20, 30);
        WordMap map = WordMap.Of(vectors, CancellationToken.None)!, again = WordMap.Of(vectors, CancellationToken.None)!;
        Assert.InRange(map.Trust, 0.95, 1);
        Assert.InRange(map.AxesTrust, 0.4, map.Trust - 0.1);
        Assert.Equal(map.X, again.X);
        Assert.Equal(map.Y, again.Y);
        Assert.Equal(map.Cluster, again.Cluster);
    }

    [Fact]
    public void Clusters_are_the_groups_of_the_words()
    {
        using WordVectors vectors = Groups(10, 30, 30);
        WordMap map = WordMap.Of(vectors, CancellationToken.None)!;
        Assert.Equal(10, map.Clusters.Count);
        Assert.All(Enumerable.Range(0, map.X.Count), i => Assert.Equal(map.Cluster[i % 10], map.Cluster[i]));
        Assert.All(map.Clusters.Select((words, c) => (words, c)), of => Assert.All(of.words, w => Assert.Equal(of.c, map.Cluster[w])));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(12)]
    public void Few_or_equal_words_have_a_map(int count)
    {
        foreach (bool areEqual in (bool[])[true, false])
        {
            using var matrix = new AlignedMatrix(count, 4);
            var words = new WordList.Builder();
            for (int i = 0; i < count; i++)
            {
                words.Add($"w{i}");
                matrix.Row(i).Fill(areEqual ? 1 : 0);
            }

            using var vectors = new WordVectors(words.Build(), matrix);
            WordMap map = WordMap.Of(vectors, CancellationToken.None)!;
            Assert.All(map.X.Concat(map.Y), value => Assert.InRange(value, -1, 1));
            Assert.Equal(count, map.Cluster.Count);
            Assert.All(map.Cluster, c => Assert.Equal(0, c));
        }
    }

    private static WordVectors Groups(int groups, int each, int dim)
    {
        float[][] centres = Random(groups, dim, seed: 5), noise = Random(groups * each, dim, seed: 6);
        var words = new WordList.Builder();
        var matrix = new AlignedMatrix(groups * each, dim);
        for (int i = 0; i < matrix.Rows; i++)
        {
            words.Add($"w{i}");
            for (int c = 0; c < dim; c++)
                matrix.Row(i)[c] = centres[i % groups][c] + (0.4f * noise[i][c]);
        }

        return new WordVectors(words.Build(), matrix);
    }

    // Directions that are uniform on the sphere.
    private static float[][] Random(int count, int dim, ulong seed)
    {
        var draws = new DrawSequence(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            double[] point = [.. Enumerable.Range(0, dim).Select(_ => draws.NextNormal())];
            double length = Math.Sqrt(point.Sum(v => v * v));
            return Array.ConvertAll(point, v => (float)(v / length));
        })];
    }
}
