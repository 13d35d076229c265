using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Computes means and second moments of data.</summary>
internal static class Moments
{
    /// <summary>Computes the means of the columns: <c>[dim]</c>.</summary>
    public static double[] Mean(ReadOnlySpan<double> data, int dim)
    {
        var mean = new double[dim];
        for (int i = 0; i < data.Length; i++)
            mean[i % dim] += data[i];
        for (int j = 0; j < dim; j++)
            mean[j] /= data.Length / dim;
        return mean;
    }

    /// <summary>Computes the second moments about a point: <c>[dim, dim]</c>.</summary>
    public static double[] Second(ReadOnlySpan<double> data, ReadOnlySpan<double> about)
    {
        int dim = about.Length, rows = data.Length / dim;
        var moments = new double[dim * dim];
        Span<double> row = new double[dim];
        for (int r = 0; r < rows; r++)
        {
            for (int j = 0; j < dim; j++)
                row[j] = data[(r * dim) + j] - about[j];
            for (int i = 0; i < dim; i++)
                WeightedRows.Add(moments.AsSpan(i * dim, dim), row, row[i] / rows);
        }

        return moments;
    }

    /// <summary>Factors a matrix of second moments, and throws if it is singular.</summary>
    public static LowerTriangle Factor(double[] moments, int dim, int rows)
    {
        LowerTriangle? factor = LowerTriangle.Factor(moments, dim, out int column);
        if (factor is null)
        {
            string why = moments[column * (dim + 1)] > 0 ? "is a linear combination of the columns before it" : "has the same value in every row";
            Throw.Input($"The {rows} rows are singular: column {column} (counted from 0) {why}, so their covariance of order {dim} has no inverse. Remove the column, or add rows.");
        }

        return factor!;
    }
}
