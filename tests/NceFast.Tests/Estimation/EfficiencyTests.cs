using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>
/// Tests that the variance of the estimate is (1 + 1/nu) times the Cramer-Rao bound if the noise has the same distribution as the
/// data (Gutmann and Hyvarinen 2012, section 2.4).
/// </summary>
public sealed class EfficiencyTests
{
    private const int Dim = 3, Repetitions = 500;

    // The largest nu has fewer rows, to save time. The bias is of the order of parameters / rows.
    [Theory]
    [InlineData(1, 1000)]
    [InlineData(10, 1000)]
    [InlineData(100, 250)]
    public void Variance_is_the_bound_times_one_plus_one_over_nu_when_the_noise_equals_the_data(double nu, int rows)
    {
        (double[] theta, double[] covariance, _) = Problems.Gaussian(Dim, 1);
        var density = new GaussianNoise(new double[Dim], covariance);
        var model = new GaussianModel(Dim);
        Matrix<double> information = Information(covariance);
        double sum = 0;
        for (int r = 0; r < Repetitions; r++)
        {
            double[] data = density.Draw(rows, (ulong)(r + 1));
            Estimate found = NceEstimator.Fit(data, model, density, nu, Problems.OneThread with { Seed = (ulong)(r + 1), Start = theta, StandardErrors = false });
            Vector<double> error = Vector<double>.Build.Dense(theta.Length, p => found.Theta[p] - theta[p]);
            sum += error * information * error * rows / theta.Length;
        }

        // The number of rows times the error, in units of the bound, has a chi-squared distribution with one degree of freedom
        // per parameter. The mean over the repetitions has a relative standard deviation of
        // sqrt(2 / (parameters x repetitions)), which is 2.6 %. Four standard deviations are allowed, but at most 10 %.
        double ratio = sum / Repetitions / (1 + (1 / nu)), bound = 4 * Math.Sqrt(2.0 / (theta.Length * Repetitions));
        Assert.True(Math.Abs(ratio - 1) < Math.Min(bound, 0.1), $"the variance is {ratio} times (1 + 1/nu) times the bound; allowed is 1 +- {bound}");
    }

    // The Fisher information of a row about Lambda: the covariance of the factors of Lambda in log phi.
    private static Matrix<double> Information(double[] s)
    {
        var pairs = Enumerable.Range(0, Dim).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => (I: i, J: j, Factor: i == j ? 0.5 : 1))).ToList();
        return Matrix<double>.Build.Dense(pairs.Count, pairs.Count, (a, b) =>
            pairs[a].Factor * pairs[b].Factor * ((S(pairs[a].I, pairs[b].I) * S(pairs[a].J, pairs[b].J)) + (S(pairs[a].I, pairs[b].J) * S(pairs[a].J, pairs[b].I))));

        double S(int i, int j) => s[(i * Dim) + j];
    }
}
