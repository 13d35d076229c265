using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation.Internals;

namespace NceFast.Estimation;

/// <summary>
/// Represents independent component analysis: x = A s, and log phi(x) is the sum of the log kernels of b_i x over the rows b_i of
/// B = A^-1 (Gutmann and Hyvarinen 2012, section 4.1). Theta is B, <c>[sources, sources]</c> in row order. The rows of B are
/// determined up to their order and signs. A fit can end at a local optimum that is not the global one.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
/// <typeparam name="TSource">The density of a source: <see cref="LaplacianSource"/>, <see cref="LogisticSource"/> or another type.</typeparam>
/// <param name="sources">The number of sources, which is also the number of values per row.</param>
public sealed class IcaModel<TSource>(int sources) : UnnormalizedModel, ITractableModel
    where TSource : struct, ISourceDensity
{
    /// <inheritdoc/>
    public override int Dim => sources;

    /// <inheritdoc/>
    public override int ParameterCount => sources * sources;

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
    {
        for (int r = 0; r < logPhi.Length; r++)
        {
            ReadOnlySpan<double> x = rows.Slice(r * sources, sources);
            double sum = 0;
            for (int i = 0; i < theta.Length; i += sources)
            {
                double s = Dot(theta.Slice(i, sources), x);
                sum += TSource.LogKernel(s);
                if (!gradient.IsEmpty)
                    Scale(x, TSource.Derivative(s), gradient.Slice((r * theta.Length) + i, sources));
            }

            logPhi[r] = sum;
        }
    }

    /// <inheritdoc/>
    public double LogZ(ReadOnlySpan<double> theta, Span<double> gradient)
    {
        Matrix<double> filters = Matrix<double>.Build.DenseOfRowMajor(sources, sources, theta.ToArray());
        double determinant = Math.Abs(filters.Determinant());
        if (!(determinant > 0) || double.IsInfinity(determinant))
            return double.PositiveInfinity;
        if (!gradient.IsEmpty)
            (-filters.Inverse().Transpose()).ToRowMajorArray().CopyTo(gradient);
        return (sources * TSource.LogZ) - Math.Log(determinant);
    }

    /// <summary>Starts with the symmetric whitening matrix of the data.</summary>
    /// <inheritdoc/>
    public override void Start(ReadOnlySpan<double> data, Span<double> theta)
    {
        double[] moments = Moments.Second(data, new double[sources]);
        Moments.Factor(moments, sources, data.Length / sources);
        var eigen = Matrix<double>.Build.Dense(sources, sources, moments).Evd(Symmetricity.Symmetric);
        Matrix<double> scale = Matrix<double>.Build.DiagonalOfDiagonalVector(eigen.EigenValues.Map(v => 1 / Math.Sqrt(v.Real)));
        (eigen.EigenVectors * scale * eigen.EigenVectors.Transpose()).ToRowMajorArray().CopyTo(theta);
    }

    /// <inheritdoc/>
    public override string ParameterName(int index) => $"B[{index / sources}, {index % sources}]";

    private static double Dot(ReadOnlySpan<double> b, ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int j = 0; j < x.Length; j++)
            sum += b[j] * x[j];
        return sum;
    }

    private static void Scale(ReadOnlySpan<double> x, double factor, Span<double> destination)
    {
        for (int j = 0; j < x.Length; j++)
            destination[j] = factor * x[j];
    }
}
