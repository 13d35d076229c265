using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation;
using NceFast.Numerics;

namespace NceFast.Bench.Estimation;

/// <summary>One repetition of a study: random true parameters and data drawn from the model with them.</summary>
/// <param name="Model">The model.</param>
/// <param name="Data">The data: <c>[rows, dim]</c>.</param>
/// <param name="Noise">The noise.</param>
/// <param name="C">The true value of c.</param>
/// <param name="SquaredError">Computes the squared error of a theta, summed over the parameters.</param>
/// <param name="MaximumLikelihood">Fits the model by maximum likelihood.</param>
internal sealed record StudyProblem(
    UnnormalizedModel Model,
    double[] Data,
    NoiseDensity Noise,
    double C,
    Func<double[], double> SquaredError,
    Func<EstimationOptions, Estimate> MaximumLikelihood);

/// <summary>The toy studies of Gutmann and Hyvarinen 2012, sections 3.1 and 4.1.</summary>
internal static class StudyProblems
{
    /// <summary>
    /// The precision of a 5-dimensional Gaussian with eigenvalues from 0.6 to 3 and standard normal noise. The tails of the noise are
    /// light enough to differ from the data, and heavy enough for the weights of importance sampling to have a variance.
    /// </summary>
    public static StudyProblem Gaussian(int repetition, int rows)
    {
        const int Dim = 5;
        (double[] theta, double[] covariance, double c) = RandomGaussian(Dim, repetition);
        double[] data = new GaussianNoise(new double[Dim], covariance).Draw(rows, Seed(repetition, rows));
        var model = new GaussianModel(Dim);
        var noise = new GaussianNoise(new double[Dim], Matrix<double>.Build.DenseIdentity(Dim).ToRowMajorArray());
        return new StudyProblem(model, data, noise, c, found => Distance(found, theta), options => MaximumLikelihood.Fit(data, model, options));
    }

    /// <summary>
    /// Four Laplacian sources: mixing matrices with condition numbers below 10, noise with the mean and covariance of the data.
    /// </summary>
    public static StudyProblem Ica(int repetition, int rows)
    {
        const int Sources = 4;
        Matrix<double> mixing = WellConditioned(Sources, repetition);
        var draws = new DrawSequence(Seed(repetition, rows));
        var data = new double[rows * Sources];
        for (int r = 0; r < rows; r++)
            (mixing * Vector<double>.Build.Dense(Sources, _ => LaplacianSource.Sample(draws))).AsArray().CopyTo(data, r * Sources);
        var model = new IcaModel<LaplacianSource>(Sources);
        double[] truth = mixing.Inverse().ToRowMajorArray();
        return new StudyProblem(model, data, GaussianNoise.FitTo(data, Sources), -model.LogZ(truth, default), found => Matched(found, truth, Sources), options => MaximumLikelihood.Fit(data, model, options));
    }

    /// <summary>Returns theta, covariance and c of a random Gaussian.</summary>
    public static (double[] Theta, double[] Covariance, double C) RandomGaussian(int dim, int repetition)
    {
        var draws = new DrawSequence((ulong)repetition, 1);
        Matrix<double> basis = Matrix<double>.Build.Dense(dim, dim, (_, _) => draws.NextNormal()).QR().Q;
        Vector<double> eigenvalues = Vector<double>.Build.Dense(dim, _ => 0.6 * Math.Pow(5, draws.NextUniform()));
        Matrix<double> precision = basis * Matrix<double>.Build.DiagonalOfDiagonalVector(eigenvalues) * basis.Transpose();
        double[] theta = [.. Enumerable.Range(0, dim).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => precision[i, j]))];
        return (theta, precision.Inverse().ToRowMajorArray(), 0.5 * (eigenvalues.Sum(Math.Log) - (dim * Math.Log(2 * Math.PI))));
    }

    private static ulong Seed(int repetition, int rows) => ((ulong)rows << 24) + (ulong)repetition;

    private static Matrix<double> WellConditioned(int n, int repetition)
    {
        for (uint attempt = 1; ; attempt++)
        {
            var draws = new DrawSequence((ulong)repetition, attempt);
            Matrix<double> mixing = Matrix<double>.Build.Dense(n, n, (_, _) => draws.NextNormal());
            if (mixing.ConditionNumber() < 10)
                return mixing;
        }
    }

    private static double Distance(ReadOnlySpan<double> found, ReadOnlySpan<double> truth)
    {
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
            sum += (found[i] - truth[i]) * (found[i] - truth[i]);
        return sum;
    }

    // The rows of B are determined only up to order and sign. The nearest assignment counts.
    private static double Matched(double[] found, double[] truth, int n)
    {
        var costs = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double[] row = found[(i * n)..((i + 1) * n)], wanted = truth[(j * n)..((j + 1) * n)];
                costs[i, j] = Math.Min(Distance(row, wanted), Distance(Array.ConvertAll(row, v => -v), wanted));
            }
        }

        return Best(0, 0);

        double Best(int i, int used) =>
            i == n ? 0 : Enumerable.Range(0, n).Where(j => (used & (1 << j)) == 0).Min(j => costs[i, j] + Best(i + 1, used | (1 << j)));
    }
}
