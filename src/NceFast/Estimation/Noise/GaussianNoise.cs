using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>Represents a multivariate normal distribution.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class GaussianNoise : NoiseDensity
{
    private readonly double[] _mean;
    private readonly LowerTriangle _factor;
    private readonly double _logScale;

    /// <summary>Creates a normal distribution with the given mean and covariance.</summary>
    /// <param name="mean">The mean: <c>[dim]</c>.</param>
    /// <param name="covariance">The symmetric covariance: <c>[dim, dim]</c>.</param>
    /// <exception cref="NceFastException">The covariance is not positive definite, or its size does not match the mean.</exception>
    public GaussianNoise(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance)
        : this(mean.ToArray(), FactorOf(mean.Length, covariance), isMomentFit: false)
    {
    }

    private GaussianNoise(double[] mean, LowerTriangle factor, bool isMomentFit)
    {
        IsMomentFit = isMomentFit;
        _mean = mean;
        _factor = factor;
        _logScale = -0.5 * ((mean.Length * Math.Log(2 * Math.PI)) + factor.LogDeterminant);
    }

    /// <inheritdoc/>
    public override int Dim => _mean.Length;

    /// <inheritdoc/>
    public override bool IsMomentFit { get; }

    /// <summary>
    /// Creates the normal distribution with the mean and covariance of data. It suits <see cref="AnnealedNce"/> and
    /// <see cref="TelescopingRatios"/> in any dimension. In <see cref="NceEstimator"/> it can be hopeless from some ten columns on
    /// (<see cref="EstimationWarningKind.MomentNoise"/>).
    /// </summary>
    /// <param name="data">The data: <c>[rows, dim]</c>.</param>
    /// <param name="dim">The number of values per row.</param>
    /// <exception cref="NceFastException">The data are not a whole number of rows or not finite, or a column is a linear combination of others (<see cref="ErrorKind.Input"/>).</exception>
    public static GaussianNoise FitTo(ReadOnlySpan<double> data, int dim)
    {
        InputChecks.EnsureRows(data, dim);
        double[] mean = Moments.Mean(data, dim);
        return new GaussianNoise(mean, Moments.Factor(Moments.Second(data, mean), dim, data.Length / dim), isMomentFit: true);
    }

    /// <inheritdoc/>
    public override void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
    {
        Span<double> z = new double[Dim];
        for (int r = 0; r < values.Length; r++)
        {
            for (int j = 0; j < z.Length; j++)
                z[j] = rows[(r * z.Length) + j] - _mean[j];
            _factor.Solve(z);
            double squares = 0;
            foreach (double v in z)
                squares += v * v;
            values[r] = _logScale - (0.5 * squares);
        }
    }

    /// <inheritdoc/>
    public override void Sample(DrawSequence draws, Span<double> rows)
    {
        for (int from = 0; from < rows.Length; from += Dim)
        {
            Span<double> row = rows.Slice(from, Dim);
            for (int j = 0; j < row.Length; j++)
                row[j] = draws.NextNormal();
            _factor.Multiply(row);
            for (int j = 0; j < row.Length; j++)
                row[j] += _mean[j];
        }
    }

    private static LowerTriangle FactorOf(int dim, ReadOnlySpan<double> covariance)
    {
        if (covariance.Length != dim * dim)
            Throw.Usage($"The covariance has {covariance.Length} values; with a mean of {dim} values it must have {dim} x {dim}.");
        LowerTriangle? factor = LowerTriangle.Factor(covariance, dim, out int column);
        if (factor is null)
            Throw.Usage($"The covariance is not positive definite: its column {column} (counted from 0) has no variance that is independent of the columns before it. Remove the column, or correct the covariance.");
        return factor!;
    }
}
