using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>Computes minus the mean log-likelihood of the data as a function of theta: log Z(theta) minus the mean of log phi.</summary>
internal sealed class LikelihoodObjective(UnnormalizedModel model, INormalizer normalizer, RowSet data, int threads, CancellationToken cancellation) : EstimationObjective
{
    /// <inheritdoc/>
    public override int Length => model.ParameterCount;

    /// <inheritdoc/>
    public override int Rows => data.Count;

    public override double Evaluate(double[] point, Span<double> gradient)
    {
        int length = Length;
        double logZ = normalizer.LogZ(point, gradient);
        if (!double.IsFinite(logZ))
            return double.PositiveInfinity;
        Span<double> sums = new double[length + 1];
        Strands.Sum(data.Count, threads, cancellation, sums, (range, strand) => Add(range, point, strand));
        WeightedRows.Add(gradient, sums[..length], -1.0 / data.Count);
        return logZ - (sums[length] / data.Count);
    }

    private void Add(Range range, double[] theta, double[] sums) =>
        Batches.ForEach(model, data, range, theta, gradients: true, (_, logPhi, gradients) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
            {
                sums[theta.Length] += logPhi[r];
                WeightedRows.Add(sums.AsSpan(0, theta.Length), gradients.Slice(r * theta.Length, theta.Length), 1);
            }
        });
}

/// <summary>Computes log Z and its gradient, exactly or approximately.</summary>
internal interface INormalizer
{
    double LogZ(double[] theta, Span<double> gradient);
}

/// <summary>Computes log Z by the formula of the model.</summary>
internal sealed class ExactNormalizer(ITractableModel model) : INormalizer
{
    public double LogZ(double[] theta, Span<double> gradient) => model.LogZ(theta, gradient);
}

/// <summary>
/// Estimates Z by importance sampling: the mean of phi / p_n over noise rows (Geyer 1994; Gutmann and Hyvarinen 2012,
/// section 4). The weights are divided by the previous estimate of Z, so that they remain near 1 and do not overflow.
/// </summary>
internal sealed class SampledNormalizer(UnnormalizedModel model, RowSet noise, int threads, CancellationToken cancellation) : INormalizer
{
    private double _shift = double.NaN;

    public double LogZ(double[] theta, Span<double> gradient)
    {
        if (double.IsNaN(_shift))
            _shift = Largest(theta);
        Span<double> sums = new double[theta.Length + 1];
        double shift = _shift;
        Strands.Sum(noise.Count, threads, cancellation, sums, (range, strand) => Add(range, theta, shift, strand));
        double sum = sums[theta.Length], logZ = Softmax.LogZ(shift, sum / noise.Count);
        if (!double.IsFinite(logZ))
            return double.PositiveInfinity;
        _shift = logZ;
        if (!gradient.IsEmpty)
        {
            gradient.Clear();
            WeightedRows.Add(gradient, sums[..theta.Length], 1 / sum);
        }

        return logZ;
    }

    private void Add(Range range, double[] theta, double shift, double[] sums) =>
        Batches.ForEach(model, noise, range, theta, gradients: true, (first, logPhi, gradients) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
            {
                double weight = Softmax.Part(Weight(logPhi, first, r), shift);
                sums[theta.Length] += weight;
                if (weight != 0)
                    WeightedRows.Add(sums.AsSpan(0, theta.Length), gradients.Slice(r * theta.Length, theta.Length), weight);
            }
        });

    // log of phi / p_n of a noise row.
    private double Weight(ReadOnlySpan<double> logPhi, int first, int row) => Objectives.ImportanceSampling.Offset(logPhi[row], noise.LogNuNoise.Span[first + row]);

    private double Largest(double[] theta)
    {
        double largest = double.NegativeInfinity;
        Batches.ForEach(model, noise, 0..noise.Count, theta, gradients: false, (first, logPhi, _) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
                largest = Math.Max(largest, Weight(logPhi, first, r));
        });
        return largest;
    }
}
