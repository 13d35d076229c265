using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Perturbs data rows by Gaussian values whose standard deviations are proportional to those of the columns.</summary>
internal sealed class PerturbationKernel
{
    // The loss of perturbations that are too small to be recognised is 2 log 2.
    private const double TrivialLoss = 1.3862943611198906, ClearShare = 0.9;
    private const double FirstScale = 0.05, LastScale = 1.6;
    private const int MostValues = 2_000_000_000;

    private readonly RowSet _rows;
    private readonly double[] _deviations;

    private PerturbationKernel(RowSet rows, double[] deviations) => (_rows, _deviations) = (rows, deviations);

    /// <summary>Measures the standard deviations of the columns, and throws if one is 0.</summary>
    public static PerturbationKernel Of(RowSet rows, int dim)
    {
        ReadOnlySpan<double> values = rows.Values.Span;
        double[] mean = Moments.Mean(values, dim), deviations = new double[dim];
        for (int i = 0; i < values.Length; i++)
            deviations[i % dim] += (values[i] - mean[i % dim]) * (values[i] - mean[i % dim]) / rows.Count;
        for (int j = 0; j < dim; j++)
        {
            deviations[j] = Math.Sqrt(deviations[j]);
            if (!(deviations[j] > 1e-12 * Math.Abs(mean[j])) || !double.IsFinite(deviations[j]))
                Throw.Input($"Column {j} (counted from 0) has a standard deviation of {deviations[j]} in {rows.Count} rows; it must be finite and above 0, because the perturbations are proportional to it. Remove the column, or rescale the data.");
        }

        return new PerturbationKernel(rows, deviations);
    }

    /// <summary>Throws if data and perturbed rows do not fit into memory.</summary>
    public void EnsureFits(int perturbations)
    {
        double need = (double)_rows.Count * (1 + perturbations) * _deviations.Length, most = Math.Min(MostValues, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 8.0);
        if (need > most)
            Throw.Memory($"{perturbations} perturbations of {_rows.Count:N0} rows are {need:N0} values; at most {most:N0} are possible. Reduce {nameof(perturbations)}.");
    }

    /// <summary>
    /// Draws the perturbed rows. Pairs of them have opposite perturbations. The draws depend on the seed alone, so that two
    /// scales have the same directions.
    /// </summary>
    public PerturbedRows Draw(int perturbations, double scale, EstimationOptions options, CancellationToken cancellation)
    {
        int dim = _deviations.Length, size = (1 + perturbations) * dim, pieces = (_rows.Count + NoisePieces.PieceRows - 1) / NoisePieces.PieceRows;
        var values = new double[_rows.Count * size];
        Strands.Run(pieces, options.Threads, cancellation, piece =>
        {
            var draws = new DrawSequence(PhiloxStream.For(options.Seed, DrawPurpose.NoiseRows, 0, (ulong)piece));
            int first = piece * NoisePieces.PieceRows, end = Math.Min(_rows.Count, first + NoisePieces.PieceRows);
            for (int r = first; r < end; r++)
                FillGroup(_rows.Values.Span.Slice(r * dim, dim), values.AsSpan(r * size, size), scale, draws);
        });
        return new PerturbedRows(values, _rows.Count, perturbations);
    }

    /// <summary>Minimises the loss of perturbed rows.</summary>
    public Minimum Minimize(UnnormalizedModel model, PerturbedRows groups, double[] theta, EstimationOptions options, FitClock clock, CancellationToken cancellation)
    {
        double[] squares = ScaledObjective.MeanSquares(model, _rows, theta, options.Threads, cancellation);
        return ScaledObjective.Minimize(new ConditionalObjective(model, groups, options.Threads, cancellation), theta, squares, options, clock);
    }

    /// <summary>Chooses the smallest scale whose fitted loss is clearly below its trivial value.</summary>
    /// <param name="model">The model.</param>
    /// <param name="theta">The parameters at the start. On return, those of the last fit.</param>
    /// <param name="options">The options.</param>
    /// <param name="clock">Counts the evaluations.</param>
    /// <param name="warnings">Receives a warning if no scale moves the loss.</param>
    /// <param name="cancellation">A token that stops the search.</param>
    public double ChooseScale(UnnormalizedModel model, double[] theta, EstimationOptions options, FitClock clock, List<EstimationWarning> warnings, CancellationToken cancellation)
    {
        EstimationOptions coarse = options with { GradientTolerance = Math.Max(1e-3, options.GradientTolerance), MaxIterations = Math.Min(50, options.MaxIterations) };
        for (double scale = FirstScale; ; scale *= 2)
        {
            PerturbedRows groups = Draw(2, scale, options, cancellation);
            groups.EnsurePossible(model, theta);
            Minimum end = Minimize(model, groups, theta, coarse, clock, cancellation);
            end.Point.CopyTo(theta, 0);
            if (end.Value < ClearShare * TrivialLoss)
                return scale;
            if (scale >= LastScale)
            {
                warnings.Add(new EstimationWarning(
                    EstimationWarningKind.TrivialLoss,
                    FormattableString.Invariant($"The loss is {end.Value:G4} with perturbations of {scale} standard deviations; below {ClearShare * TrivialLoss:G4} is expected, and {TrivialLoss:G4} means that the model does not distinguish data from perturbed data. Check the model and the start, or set the scale of {nameof(ConditionalNce)}.")));
                return scale;
            }
        }
    }

    private void FillGroup(ReadOnlySpan<double> row, Span<double> group, double scale, DrawSequence draws)
    {
        int dim = row.Length;
        row.CopyTo(group);
        for (int from = dim; from < group.Length; from += 2 * dim)
        {
            for (int j = 0; j < dim; j++)
            {
                double step = scale * _deviations[j] * draws.NextNormal();
                group[from + j] = row[j] + step;
                if (from + dim < group.Length)
                    group[from + dim + j] = row[j] - step;
            }
        }
    }
}
