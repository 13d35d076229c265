using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>Computes how much the noise overlaps with the data, see <see cref="Estimate.NoiseOverlap"/>.</summary>
internal static class Overlap
{
    /// <summary>
    /// Computes (1 + 1/nu) E(P) with P = nu p_n / (p_d + nu p_n). The expectation is computed over data and noise together with the
    /// weight h (1 - h), as in <see cref="AsymptoticCovariance"/>.
    /// </summary>
    public static double Compute(UnnormalizedModel model, RowSet data, RowSet noise, double[] theta, double c, int threads, CancellationToken cancellation)
    {
        double total = 0;
        foreach (RowSet set in (ReadOnlySpan<RowSet>)[data, noise])
        {
            Span<double> sum = new double[1];
            Strands.Sum(set.Count, threads, cancellation, sum, (range, strand) => Add(model, set, range, theta, c, strand));
            total += sum[0];
        }

        return total / data.Count * (1 + ((double)data.Count / noise.Count));
    }

    private static void Add(UnnormalizedModel model, RowSet set, Range range, double[] theta, double c, double[] sum) =>
        Batches.ForEach(model, set, range, theta, gradients: false, (first, logPhi, _) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
                sum[0] += BinaryLogistic.Curvature(logPhi[r] + NoiseContrastive.Offset(c, set.LogNuNoise.Span[first + r]));
        });
}
