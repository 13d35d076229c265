using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Numerics;

public class CosineSearchTests
{
    public static TheoryData<int, int, int, int> Shapes()
    {
        var data = new TheoryData<int, int, int, int>();
        foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
        {
            foreach ((int rows, int dim, int queries) in new[] { (1, 1, 1), (3, 15, 2), (4, 16, 12), (5, 17, 13), (127, 100, 47), (1027, 31, 49), (9000, 33, 5), (9000, 33, 7), (30, 1, 9) })
                data.Add((int)width, rows, dim, queries);
        }

        return data;
    }

    [Fact]
    public void Long_lists_are_complete_and_in_order()
    {
        using AlignedMatrix matrix = Random(3000, 8, 1), asked = Random(3, 8, 2);
        foreach (Scored[] list in new CosineSearch(matrix, 3000).Find(asked, 3000, default))
        {
            Assert.Equal(3000, list.Select(f => f.Row).Distinct().Count());
            Assert.Equal(list.Select(f => f.Score).OrderDescending(), list.Select(f => f.Score));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_width_finds_what_a_scalar_loop_finds(int width, int rows, int dim, int queries)
    {
        using AlignedMatrix matrix = Random(rows, dim, 1), asked = Random(queries, dim, 2);
        var search = new CosineSearch(matrix, rows, (SimdWidth)width);
        Scored[][] found = search.Find(asked, 7, default);
        Assert.Equal(queries, found.Length);
        for (int q = 0; q < queries; q++)
        {
            double[] exact = [.. Enumerable.Range(0, rows).Select(r => Score(matrix, r, asked, q))];
            double[] best = [.. exact.OrderDescending().Take(7)];
            Assert.Equal(best.Length, found[q].Length);
            for (int i = 0; i < best.Length; i++)
            {
                Assert.Equal(exact[found[q][i].Row], found[q][i].Score, 1e-4);
                Assert.Equal(best[i], found[q][i].Score, 1e-4);
            }

            Assert.Equal(best.Length, found[q].Select(f => f.Row).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Rows_of_any_magnitude_have_their_cosine_and_rows_that_are_not_finite_are_not_found(int queries)
    {
        float[] sizes = [1, 1e-42f, 1e-25f, 1e-18f, 1e18f, 1e25f, 0, float.NaN, float.PositiveInfinity, 1e-10f];
        using var matrix = new AlignedMatrix(sizes.Length, 2);
        for (int i = 0; i < sizes.Length; i++)
            (matrix.Row(i)[0], matrix.Row(i)[1]) = (sizes[i], 0);
        using var asked = new AlignedMatrix(queries, 2);
        for (int i = 0; i < queries; i++)
            asked.Row(i)[0] = 1;
        foreach (Scored[] found in new CosineSearch(matrix, sizes.Length).Find(asked, 100, default))
        {
            Assert.Equal([0, 1, 2, 3, 4, 5, 6, 9], found.Select(f => f.Row).Order());
            Assert.All(found, f => Assert.Equal(f.Row is 1 or 6 ? 0 : 1, f.Score, 1e-3));
        }
    }

    [Fact]
    public void Equal_scores_come_in_order_of_rows()
    {
        using var matrix = new AlignedMatrix(20_000, 3);
        for (int i = 0; i < matrix.Rows; i++)
            matrix.Row(i)[i % 2] = 1;
        using var query = new AlignedMatrix(1, 3);
        query.Row(0)[1] = 1;
        Scored[] found = new CosineSearch(matrix, 20_000).Find(query, 4, default)[0];
        Assert.Equal([1, 3, 5, 7], found.Select(f => f.Row));
    }

    [Fact]
    public void Rows_beyond_the_restriction_are_not_searched()
    {
        using AlignedMatrix matrix = Random(100, 8, 1);
        Scored[][] found = new CosineSearch(matrix, 10).Find(matrix, 50, default);
        Assert.All(found, list => Assert.Equal(10, list.Length));
        Assert.All(found.SelectMany(f => f), f => Assert.InRange(f.Row, 0, 9));
    }

    [Fact]
    public void No_rows_give_no_results()
    {
        using AlignedMatrix matrix = Random(0, 8, 1), asked = Random(2, 8, 1);
        Assert.All(new CosineSearch(matrix, 0).Find(asked, 5, default), Assert.Empty);
    }

    [Fact]
    public void A_cancelled_search_throws()
    {
        using AlignedMatrix matrix = Random(100, 8, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => new CosineSearch(matrix, 100).Find(matrix, 5, new CancellationToken(canceled: true)));
    }

    private static double Score(AlignedMatrix matrix, int row, AlignedMatrix queries, int query)
    {
        double dot = 0, square = 0;
        for (int k = 0; k < matrix.Columns; k++)
        {
            dot += (double)matrix.Row(row)[k] * queries.Row(query)[k];
            square += (double)matrix.Row(row)[k] * matrix.Row(row)[k];
        }

        return dot / Math.Sqrt(square);
    }

    private static AlignedMatrix Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var matrix = new AlignedMatrix(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref float f in matrix.Row(i))
                f = (float)(random.NextDouble() - 0.5);
        }

        return matrix;
    }
}
