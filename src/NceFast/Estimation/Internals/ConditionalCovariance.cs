using MathNet.Numerics.LinearAlgebra;
using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Computes the asymptotic covariance of conditional noise-contrastive estimation: H^-1 V H^-1 / T_d. H = 2 E(h (1 - h) d d') is the
/// Hessian at the true theta, with the gradient d of G and h = sigmoid(G). The term with second derivatives of G vanishes there, because
/// its mean over the two orders of a pair is 0. V is the covariance of the gradients of the data rows, each summed over its
/// perturbed rows, which depend on each other.
/// </summary>
internal static class ConditionalCovariance
{
    public static Precision Compute(UnnormalizedModel model, PerturbedRows groups, double[] theta, EstimationOptions options, CancellationToken cancellation)
    {
        int n = theta.Length, square = n * n;
        Span<double> sums = new double[2 * square];
        Strands.Sum(groups.Count, options.Threads, cancellation, sums, (range, strand) => Add(model, groups, range, theta, strand));
        double share = 2.0 / groups.Perturbations;
        Matrix<double> hessian = Symmetric(sums[..square].ToArray(), n) * (share / groups.Count);
        Matrix<double> variance = Symmetric(sums[square..].ToArray(), n) * (share * share / groups.Count);
        Matrix<double> inverse = InformationMatrix.Invert(model, hessian, out double condition);
        return new Precision(WithoutC(inverse * variance * inverse / groups.Count), condition);
    }

    private static Matrix<double> Symmetric(double[] lower, int n) => Matrix<double>.Build.Dense(n, n, (i, j) => lower[(Math.Max(i, j) * n) + Math.Min(i, j)]);

    // The covariance of (theta, c) has NaN for c, which is not estimated.
    private static double[] WithoutC(Matrix<double> covariance)
    {
        int n = covariance.RowCount;
        return Matrix<double>.Build.Dense(n + 1, n + 1, (i, j) => i < n && j < n ? covariance[i, j] : double.NaN).ToRowMajorArray();
    }

    private static void Add(UnnormalizedModel model, PerturbedRows groups, Range range, double[] theta, double[] sums)
    {
        int n = theta.Length;
        double[] difference = new double[n], gradient = new double[n];
        groups.ForEach(model, range, theta, (logPhi, gradients) =>
        {
            for (int j = 1; j < logPhi.Length; j++)
            {
                double weight = ConditionalContrastive.Curvature(ConditionalContrastive.LogRatio(logPhi[0], logPhi[j]));
                if (weight == 0)
                    continue;
                gradients[..n].CopyTo(difference);
                WeightedRows.Add(difference, gradients.Slice(j * n, n), -1);
                WeightedRows.AddSquare(sums.AsSpan(0, n * n), difference, weight);
            }

            Array.Clear(gradient);
            ConditionalObjective.AddGroup(logPhi, gradients, gradient);
            WeightedRows.AddSquare(sums.AsSpan(n * n), gradient, 1);
        });
    }
}
