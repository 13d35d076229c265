using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation.Internals;

namespace NceFast.Estimation;

/// <summary>
/// Represents the normal distribution with mean 0 and unknown precision: log phi(x) = -x' Lambda x / 2 (Gutmann and Hyvarinen
/// 2012, section 3.1). Theta is the lower triangle of Lambda in row order. No constraint keeps Lambda positive definite. Data
/// with another mean must be centred first.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
/// <param name="dim">The number of values per row.</param>
public sealed class GaussianModel(int dim) : UnnormalizedModel, ITractableModel
{
    /// <inheritdoc/>
    public override int Dim => dim;

    /// <inheritdoc/>
    public override int ParameterCount => dim * (dim + 1) / 2;

    /// <summary>Creates the precision matrix: <c>[dim, dim]</c>.</summary>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    public double[] Precision(ReadOnlySpan<double> theta)
    {
        var matrix = new double[dim * dim];
        for (int i = 0, p = 0; i < dim; i++)
        {
            for (int j = 0; j <= i; j++, p++)
                matrix[(i * dim) + j] = matrix[(j * dim) + i] = theta[p];
        }

        return matrix;
    }

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
    {
        Span<double> spare = gradient.IsEmpty ? new double[theta.Length] : default;
        for (int r = 0; r < logPhi.Length; r++)
        {
            Span<double> products = gradient.IsEmpty ? spare : gradient.Slice(r * theta.Length, theta.Length);
            logPhi[r] = Products(rows.Slice(r * dim, dim), theta, products);
        }
    }

    /// <inheritdoc/>
    public double LogZ(ReadOnlySpan<double> theta, Span<double> gradient)
    {
        double[] precision = Precision(theta);
        if (LowerTriangle.Factor(precision, dim, out _) is not { } factor)
            return double.PositiveInfinity;
        if (!gradient.IsEmpty)
        {
            Matrix<double> covariance = Matrix<double>.Build.Dense(dim, dim, precision).Inverse();
            for (int i = 0, p = 0; i < dim; i++)
            {
                for (int j = 0; j <= i; j++, p++)
                    gradient[p] = (i == j ? -0.5 : -1) * covariance[i, j];
            }
        }

        return 0.5 * ((dim * Math.Log(2 * Math.PI)) - factor.LogDeterminant);
    }

    /// <summary>Starts with independent columns that have the variances of the data.</summary>
    /// <inheritdoc/>
    public override void Start(ReadOnlySpan<double> data, Span<double> theta)
    {
        double[] moments = Moments.Second(data, new double[dim]);
        Moments.Factor(moments, dim, data.Length / dim);
        theta.Clear();
        for (int i = 0, p = 0; i < dim; i++, p += i + 1)
            theta[p] = 1 / moments[i * (dim + 1)];
    }

    /// <inheritdoc/>
    public override string ParameterName(int index)
    {
        int i = (int)((Math.Sqrt((8.0 * index) + 1) - 1) / 2);
        return $"Lambda[{i}, {index - (i * (i + 1) / 2)}]";
    }

    // log phi is linear in theta, so the factors of theta are the gradient.
    private static double Products(ReadOnlySpan<double> x, ReadOnlySpan<double> theta, Span<double> products)
    {
        double sum = 0;
        for (int i = 0, p = 0; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++, p++)
            {
                products[p] = -x[i] * x[j];
                sum += theta[p] * products[p];
            }

            products[p] = -0.5 * x[i] * x[i];
            sum += theta[p] * products[p];
            p++;
        }

        return sum;
    }
}
