namespace NceFast.Estimation.Internals;

/// <summary>
/// Represents an objective as a function of the parameters times the root mean squares of their derivatives of log phi. The search then
/// does not depend on the units of the data. Without this, it ends at its start if the data are so small that no derivative is above
/// the tolerance.
/// </summary>
internal sealed class ScaledObjective(EstimationObjective inner, double[] units) : EstimationObjective
{
    /// <inheritdoc/>
    public override int Length => inner.Length;

    /// <inheritdoc/>
    public override int Rows => inner.Rows;

    /// <summary>Minimises an objective of theta, or of (theta, c), in scaled parameters.</summary>
    /// <param name="inner">The objective.</param>
    /// <param name="start">The point at the start: <c>[length]</c>.</param>
    /// <param name="squares">The mean squares of the derivatives of log phi by theta at the start: <c>[parameters]</c>.</param>
    /// <param name="options">The options.</param>
    /// <param name="clock">Counts the evaluations.</param>
    public static Minimum Minimize(EstimationObjective inner, double[] start, double[] squares, EstimationOptions options, FitClock clock)
    {
        double[] units = [.. Enumerable.Range(0, start.Length).Select(i => i < squares.Length && squares[i] > 0 && double.IsFinite(squares[i]) ? Math.Sqrt(squares[i]) : 1)];
        var scaled = new ScaledObjective(inner, units);
        Minimum end = FullBatch.Minimize(scaled, [.. start.Zip(units, (p, unit) => p * unit)], options, clock);
        double[] point = scaled.Unscale(end.Point), gradient = new double[point.Length];
        inner.Evaluate(point, gradient);
        return end with { Point = point, GradientNorm = gradient.Max(Math.Abs) };
    }

    /// <summary>Computes the mean square of each derivative of log phi over rows: <c>[parameters]</c>.</summary>
    public static double[] MeanSquares(UnnormalizedModel model, RowSet rows, double[] theta, int threads, CancellationToken cancellation)
    {
        Span<double> sums = new double[theta.Length + 1];
        Strands.Sum(rows.Count, threads, cancellation, sums, (range, strand) => Batches.ForEach(model, rows, range, theta, gradients: true, (_, logPhi, gradients) =>
        {
            for (int i = 0; i < gradients.Length; i++)
                strand[i % theta.Length] += gradients[i] * gradients[i] / rows.Count;
        }));
        return sums[..^1].ToArray();
    }

    public override double Evaluate(double[] point, Span<double> gradient)
    {
        double value = inner.Evaluate(Unscale(point), gradient);
        for (int i = 0; i < units.Length; i++)
            gradient[i] /= units[i];
        return value;
    }

    private double[] Unscale(double[] point) => [.. point.Zip(units, (p, unit) => p / unit)];
}
