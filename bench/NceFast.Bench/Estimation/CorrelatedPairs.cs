using NceFast.Estimation;

namespace NceFast.Bench.Estimation;

/// <summary>
/// Pairs of columns with a correlation of 0.95, and noise with independent columns of the same variance (Rhodes, Xu and Gutmann 2020,
/// section 4.2). The distance of data and noise grows with the number of pairs. The tests use it too.
/// </summary>
internal static class CorrelatedPairs
{
    private const double Correlation = 0.95;

    /// <summary>Creates theta of a <see cref="GaussianModel"/>, the covariance and log Z.</summary>
    public static (double[] Theta, double[] Covariance, double LogZ) Create(int dim)
    {
        const double Determinant = 1 - (Correlation * Correlation);
        double[] theta = [.. Enumerable.Range(0, dim).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => i == j ? 1 / Determinant : i == (j ^ 1) ? -Correlation / Determinant : 0))];
        double logZ = 0.5 * dim * (Math.Log(2 * Math.PI) + (0.5 * Math.Log(Determinant)));
        return (theta, Matrix(dim, Correlation), logZ);
    }

    /// <summary>Creates the standard normal distribution.</summary>
    public static GaussianNoise Noise(int dim) => new(new double[dim], Matrix(dim, 0));

    private static double[] Matrix(int dim, double correlation) =>
        [.. Enumerable.Range(0, dim * dim).Select(i => i / dim == i % dim ? 1 : i / dim == (i % dim ^ 1) ? correlation : 0)];
}
