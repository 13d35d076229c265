namespace NceFast.Estimation.Internals;

/// <summary>Represents the Cholesky factor L of a symmetric matrix A = L L'. If A is not positive definite, the factorisation returns the first dependent column.</summary>
internal sealed class LowerTriangle
{
    // The smallest pivot relative to the diagonal. A dependent column leaves less than this after cancellation.
    private const double LeastPivot = 1e-12;

    private readonly double[] _values;
    private readonly int _n;

    private LowerTriangle(double[] values, int n) => (_values, _n) = (values, n);

    /// <summary>Gets log det A.</summary>
    public double LogDeterminant => 2 * Enumerable.Range(0, _n).Sum(i => Math.Log(_values[i * (_n + 1)]));

    /// <summary>Factors a matrix.</summary>
    /// <param name="matrix">A: <c>[n, n]</c>. The upper triangle is not read.</param>
    /// <param name="n">The order of the matrix.</param>
    /// <param name="failed">The first column that is a linear combination of the columns before it, or -1.</param>
    public static LowerTriangle? Factor(ReadOnlySpan<double> matrix, int n, out int failed)
    {
        var values = new double[n * n];
        for (failed = 0; failed < n; failed++)
        {
            if (!FactorRow(matrix, values, n, failed))
                return null;
        }

        failed = -1;
        return new LowerTriangle(values, n);
    }

    /// <summary>Computes y = L z in place.</summary>
    public void Multiply(Span<double> z)
    {
        for (int i = _n - 1; i >= 0; i--)
        {
            double sum = 0;
            for (int j = 0; j <= i; j++)
                sum += _values[(i * _n) + j] * z[j];
            z[i] = sum;
        }
    }

    /// <summary>Computes z = L^-1 y in place.</summary>
    public void Solve(Span<double> y)
    {
        for (int i = 0; i < _n; i++)
        {
            double rest = y[i];
            for (int j = 0; j < i; j++)
                rest -= _values[(i * _n) + j] * y[j];
            y[i] = rest / _values[(i * _n) + i];
        }
    }

    private static bool FactorRow(ReadOnlySpan<double> matrix, double[] values, int n, int i)
    {
        for (int j = 0; j <= i; j++)
        {
            double rest = matrix[(i * n) + j];
            for (int k = 0; k < j; k++)
                rest -= values[(i * n) + k] * values[(j * n) + k];
            if (j == i && !(rest > LeastPivot * matrix[(i * n) + i]))
                return false;
            values[(i * n) + j] = j == i ? Math.Sqrt(rest) : rest / values[(j * n) + j];
        }

        return true;
    }
}
