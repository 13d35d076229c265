using MathNet.Numerics.LinearAlgebra;
using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Computes the asymptotic covariance of an estimate (Gutmann and Hyvarinen 2012, theorem 3):
/// (I^-1 - (1 + 1/nu) I^-1 E(P g) E(P g)' I^-1) / T_d, where g is the gradient of log p by (theta, c), I = E(P g g') and
/// P = nu p_n / (p_d + nu p_n). Both expectations are computed over data and noise together with the weight h (1 - h), where h
/// is the probability that a row is data. The limit is the same as for P over data alone, but the variance is smaller. Without
/// noise, nu is infinite and P is 1, so the result is the inverse of the Fisher information.
/// </summary>
internal static class AsymptoticCovariance
{
    public static Precision Compute(UnnormalizedModel model, RowSet data, RowSet? noise, double[] theta, double c, EstimationOptions options, CancellationToken cancellation)
    {
        int n = theta.Length + 1;
        Span<double> sums = new double[n * n];
        foreach (RowSet set in noise is { } other ? [data, other] : (RowSet[])[data])
        {
            Span<double> part = new double[n * n];
            Strands.Sum(set.Count, options.Threads, cancellation, part, (range, strand) => Add(model, set, range, theta, c, strand));
            WeightedRows.Add(sums, part, 1.0 / data.Count);
        }

        double[] moments = sums.ToArray();
        Matrix<double> information = Matrix<double>.Build.Dense(n, n, (i, j) => moments[(Math.Max(i, j) * n) + Math.Min(i, j)]);
        Matrix<double> inverse = InformationMatrix.Invert(model, information, out double condition);
        Vector<double> shift = inverse * information.Column(n - 1); // The derivative by c is 1, so this column is E(P g).
        double inverseNu = noise is { } drawn ? (double)data.Count / drawn.Count : 0;
        Matrix<double> covariance = (inverse - ((1 + inverseNu) * shift.OuterProduct(shift))) / data.Count;
        return new Precision(covariance.ToRowMajorArray(), condition);
    }

    private static void Add(UnnormalizedModel model, RowSet set, Range range, double[] theta, double c, double[] sums) =>
        Batches.ForEach(model, set, range, theta, gradients: true, (first, logPhi, gradients) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
            {
                double weight = set.LogNuNoise.IsEmpty ? 1 : Uncertainty(logPhi[r], c, set.LogNuNoise.Span[first + r]);
                if (weight != 0)
                    WeightedRows.AddMoments(sums, gradients.Slice(r * theta.Length, theta.Length), weight);
            }
        });

    private static double Uncertainty(double logPhi, double c, double logNuNoise) => BinaryLogistic.Curvature(logPhi + NoiseContrastive.Offset(c, logNuNoise));
}
