using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>Computes the loss of conditional noise-contrastive estimation as a function of theta: 2 / k times the sum over the perturbed rows of a data row, averaged over the data rows.</summary>
internal sealed class ConditionalObjective(UnnormalizedModel model, PerturbedRows groups, int threads, CancellationToken cancellation) : EstimationObjective
{
    /// <inheritdoc/>
    public override int Length => model.ParameterCount;

    /// <inheritdoc/>
    public override int Rows => groups.Count;

    public override double Evaluate(double[] point, Span<double> gradient)
    {
        int length = Length;
        double scale = 2.0 / groups.Perturbations / groups.Count;
        Span<double> sums = new double[length + 1];
        Strands.Sum(groups.Count, threads, cancellation, sums, (range, strand) => Add(range, point, strand));
        gradient.Clear();
        WeightedRows.Add(gradient, sums[..length], scale);
        return sums[length] * scale;
    }

    /// <summary>Adds the derivative of the loss of a group, without the factor 2 / k.</summary>
    /// <param name="logPhi">log phi of the data row and its perturbed rows: <c>[1 + perturbations]</c>.</param>
    /// <param name="gradients">The gradients of log phi: <c>[1 + perturbations, parameters]</c>.</param>
    /// <param name="sum">The destination: <c>[parameters]</c>.</param>
    /// <returns>The loss of the group.</returns>
    public static double AddGroup(ReadOnlySpan<double> logPhi, ReadOnlySpan<double> gradients, Span<double> sum)
    {
        double loss = 0, observed = 0;
        for (int j = 1; j < logPhi.Length; j++)
        {
            double logRatio = ConditionalContrastive.LogRatio(logPhi[0], logPhi[j]), weight = ConditionalContrastive.Gradient(logRatio);
            loss += ConditionalContrastive.Loss(logRatio);
            observed += weight;
            if (weight != 0) // A row with probability 0 may have no gradient.
                WeightedRows.Add(sum, gradients.Slice(j * sum.Length, sum.Length), -weight);
        }

        WeightedRows.Add(sum, gradients[..sum.Length], observed);
        return loss;
    }

    private void Add(Range range, double[] theta, double[] sums) =>
        groups.ForEach(model, range, theta, (logPhi, gradients) => sums[theta.Length] += AddGroup(logPhi, gradients, sums.AsSpan(0, theta.Length)));
}
