using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation;
using NceFast.Numerics;

namespace NceFast.Tests.Estimation;

/// <summary>Creates problems whose solutions are known.</summary>
internal static class Problems
{
    public static readonly EstimationOptions OneThread = new() { Threads = 1 };

    /// <summary>Creates a precision matrix with eigenvalues from 0.5 to 2, its covariance and theta.</summary>
    public static (double[] Theta, double[] Covariance, double C) Gaussian(int dim, ulong seed)
    {
        Matrix<double> basis = Normal(dim, seed).QR().Q;
        Matrix<double> precision = basis * Matrix<double>.Build.DiagonalOfDiagonalVector(Vector<double>.Build.Dense(dim, i => 0.5 * Math.Pow(4, (double)i / Math.Max(1, dim - 1)))) * basis.Transpose();
        double[] theta = [.. Enumerable.Range(0, dim).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => precision[i, j]))];
        return (theta, precision.Inverse().ToRowMajorArray(), (0.5 * Math.Log(precision.Determinant())) - (0.5 * dim * Math.Log(2 * Math.PI)));
    }

    public static double[] GaussianRows(int dim, double[] covariance, int rows, ulong seed) =>
        new GaussianNoise(new double[dim], covariance).Draw(rows, seed);

    /// <summary>Creates rows of x = A s, and B = A^-1.</summary>
    public static (double[] Rows, double[] Filters) Ica<TSource>(int sources, int rows, ulong seed)
        where TSource : struct, ISourceDensity
    {
        Matrix<double> mixing = Normal(sources, seed) + Matrix<double>.Build.DenseIdentity(sources);
        var draws = new DrawSequence(seed, 1);
        var data = new double[rows * sources];
        for (int r = 0; r < rows; r++)
            (mixing * Vector<double>.Build.Dense(sources, _ => TSource.Sample(draws))).CopySubVectorTo(Vector<double>.Build.Dense(data), 0, r * sources, sources);
        return (data, mixing.Inverse().ToRowMajorArray());
    }

    public static Matrix<double> Normal(int n, ulong seed)
    {
        var draws = new DrawSequence(seed, 7);
        return Matrix<double>.Build.Dense(n, n, (_, _) => draws.NextNormal());
    }
}
