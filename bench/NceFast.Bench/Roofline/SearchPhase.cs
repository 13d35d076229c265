using NceFast.Numerics;

namespace NceFast.Bench.Roofline;

/// <summary>
/// Measures the search for neighbours of many queries among many rows, and of one query, on all cores. The best repetition counts.
/// </summary>
internal static class SearchPhase
{
    public static void Print(int rows, int dim, int queries, double peak)
    {
        using AlignedMatrix matrix = Random(rows, dim, 1), wanted = Random(queries, dim, 2);
        var search = new CosineSearch(matrix, rows);
        double best = Measure.Best(2, () => search.Find(wanted, 10, CancellationToken.None));
        double reached = 2.0 * rows * dim * queries / best / 1e9;
        Console.WriteLine("| neighbours | queries/s | GFLOP/s | of peak, % |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine(FormattableString.Invariant($"| 10 of {rows:N0} x {dim}, {queries} queries | {queries / best:F0} | {reached:F0} | {100 * reached / peak:F0} |"));
        using AlignedMatrix one = Random(1, dim, 3);
        best = Measure.Best(10, () => search.Find(one, 10, CancellationToken.None));
        reached = 4.0 * rows * dim / best / 1e9; // with the lengths of the rows
        Console.WriteLine(FormattableString.Invariant($"| 10 of {rows:N0} x {dim}, one query in {best * 1000:F1} ms | {1 / best:F0} | {reached:F0} | {100 * reached / peak:F0} |"));
        Console.WriteLine();
    }

    public static AlignedMatrix Random(int rows, int dim, ulong seed)
    {
        var matrix = new AlignedMatrix(rows, dim);
        Parallel.For(0, rows, row =>
        {
            var draws = new uint[(dim + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
            Philox4x32.Fill(PhiloxStream.For(seed, DrawPurpose.Initialize, 0, (ulong)row), draws);
            Span<float> values = matrix.Row(row);
            for (int i = 0; i < dim; i++)
                values[i] = (int)draws[i] / 2147483648f;
        });
        return matrix;
    }
}
