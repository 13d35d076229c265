using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Computes -J_T of Gutmann and Hyvarinen 2012, equation 8, as a function of theta and c: the logistic loss summed over data and
/// noise rows and divided by the number of data rows. The logit has the same formula as in training, where log phi replaces
/// the score and c replaces the bias.
/// </summary>
internal sealed class NceObjective(UnnormalizedModel model, RowSet data, RowSet noise, int threads, CancellationToken cancellation) : EstimationObjective
{
    /// <inheritdoc/>
    public override int Length => model.ParameterCount + 1;

    /// <inheritdoc/>
    public override int Rows => data.Count;

    public override double Evaluate(double[] point, Span<double> gradient)
    {
        int length = Length;
        Span<double> totals = new double[length + 1], part = new double[length + 1];
        foreach (RowSet set in (ReadOnlySpan<RowSet>)[data, noise])
        {
            Strands.Sum(set.Count, threads, cancellation, part, (range, sums) => Add(set, range, point, sums));
            WeightedRows.Add(totals, part, 1.0 / data.Count);
        }

        totals[..length].CopyTo(gradient);
        return totals[length];
    }

    // The sums are the gradient by theta, the gradient by c, and the loss.
    private void Add(RowSet set, Range range, double[] point, double[] sums)
    {
        int parameters = model.ParameterCount;
        double c = point[parameters];
        Batches.ForEach(model, set, range, point.AsSpan(0, parameters), gradients: true, (first, logPhi, gradients) =>
        {
            ReadOnlySpan<double> logNuNoise = set.LogNuNoise.Span[first..];
            for (int r = 0; r < logPhi.Length; r++)
            {
                double logit = logPhi[r] + NoiseContrastive.Offset(c, logNuNoise[r]);
                double weight = NoiseContrastive.Gradient(logit, set.Label);
                sums[parameters + 1] += NoiseContrastive.Loss(logit, set.Label);
                sums[parameters] += weight;
                if (weight != 0) // A row with probability 0 may have no gradient.
                    WeightedRows.Add(sums.AsSpan(0, parameters), gradients.Slice(r * parameters, parameters), weight);
            }
        });
    }
}
