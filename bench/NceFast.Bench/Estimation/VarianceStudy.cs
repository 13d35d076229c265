using MathNet.Numerics.LinearAlgebra;
using NceFast.Estimation;

namespace NceFast.Bench.Estimation;

/// <summary>
/// Measures the variance in units of the Cramer-Rao bound when the noise has the distribution of the data. In theory it is
/// (1 + 1/nu) times the bound (Gutmann and Hyvarinen 2012, section 2.4).
/// </summary>
internal static class VarianceStudy
{
    private const int Dim = 5, Rows = 1000;

    public static void Run(double[] nus, int repetitions)
    {
        (double[] theta, double[] covariance, double c) = StudyProblems.RandomGaussian(Dim, 1);
        var density = new GaussianNoise(new double[Dim], covariance);
        Matrix<double> information = Information(covariance);
        Console.WriteLine();
        Console.WriteLine("| nu | variance / bound | 1 + 1/nu | ratio | standard error of the ratio | mean of c less its value |");
        Console.WriteLine("|---|---|---|---|---|---|");
        foreach (double nu in nus)
        {
            double[] units = new double[repetitions], offsets = new double[repetitions];
            for (int r = 0; r < repetitions; r++)
            {
                double[] data = density.Draw(Rows, (ulong)r + 1);
                Estimate found = NceEstimator.Fit(data, new GaussianModel(Dim), density, nu, new EstimationOptions { Threads = 1, Seed = (ulong)r + 1, Start = theta, StandardErrors = false });
                Vector<double> error = Vector<double>.Build.DenseOfArray(found.Theta) - Vector<double>.Build.DenseOfArray(theta);
                (units[r], offsets[r]) = (error * information * error * Rows / theta.Length, found.C - c);
            }

            double mean = units.Average(), wanted = 1 + (1 / nu), spread = Math.Sqrt(units.Average(u => (u - mean) * (u - mean)) / repetitions);
            Console.WriteLine(FormattableString.Invariant($"| {nu} | {mean:F3} | {wanted:F3} | {mean / wanted:F3} | {spread / wanted:F3} | {offsets.Average():F4} |"));
        }
    }

    // The Fisher information of one row about Lambda: the covariance of x_i x_j and x_k x_l, halved for each square.
    private static Matrix<double> Information(double[] s)
    {
        var pairs = Enumerable.Range(0, Dim).SelectMany(i => Enumerable.Range(0, i + 1).Select(j => (I: i, J: j, Factor: i == j ? 0.5 : 1))).ToList();
        return Matrix<double>.Build.Dense(pairs.Count, pairs.Count, (a, b) =>
            pairs[a].Factor * pairs[b].Factor * ((S(pairs[a].I, pairs[b].I) * S(pairs[a].J, pairs[b].J)) + (S(pairs[a].I, pairs[b].J) * S(pairs[a].J, pairs[b].I))));

        double S(int i, int j) => s[(i * Dim) + j];
    }
}
