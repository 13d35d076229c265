using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>
/// -J_T of Gutmann and Hyvarinen 2012, equation 8, over theta and c: the logistic loss of data and noise rows, a sum over
/// both divided by the number of data rows. The logit is the engine's: log phi in the place of the score, c of the bias.
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

    // sums: gradient by theta, by c, loss.
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
                if (weight != 0) // the gradient of a row that the model holds impossible need not exist
                    WeightedRows.Add(sums.AsSpan(0, parameters), gradients.Slice(r * parameters, parameters), weight);
            }
        });
    }
}
