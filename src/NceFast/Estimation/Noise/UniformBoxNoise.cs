using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>Represents the uniform distribution over a box. It has no mass outside, so all data rows must be inside the box.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class UniformBoxNoise : NoiseDensity
{
    private readonly double[] _low, _high;
    private readonly double _logDensity;

    /// <summary>Creates a uniform distribution over the box between two corners.</summary>
    /// <param name="low">The lowest value of each column: <c>[dim]</c>.</param>
    /// <param name="high">The highest value of each column, above the lowest: <c>[dim]</c>.</param>
    /// <exception cref="NceFastException">A side of the box is not positive and finite, or the corners have different dimensions (<see cref="ErrorKind.Usage"/>).</exception>
    public UniformBoxNoise(ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        if (low.Length != high.Length || low.IsEmpty)
            Throw.Usage($"The corners of the box have {low.Length} and {high.Length} values; both must have the same number of values, at least one.");
        for (int j = 0; j < low.Length; j++)
        {
            if (!(high[j] > low[j]) || !double.IsFinite(high[j] - low[j]))
                Throw.Usage($"Column {j} (counted from 0) of the box extends from {low[j]} to {high[j]}; its length must be positive and finite.");
            _logDensity -= Math.Log(high[j] - low[j]);
        }

        (_low, _high) = (low.ToArray(), high.ToArray());
    }

    /// <inheritdoc/>
    public override int Dim => _low.Length;

    /// <summary>Creates the box that contains all data, with a margin on each side.</summary>
    /// <param name="data">The data: <c>[rows, dim]</c>.</param>
    /// <param name="dim">The number of values per row.</param>
    /// <param name="margin">The margin as a fraction of the range of a column.</param>
    /// <exception cref="NceFastException">The data are not a whole number of rows or not finite (<see cref="ErrorKind.Input"/>), or a column is constant (<see cref="ErrorKind.Usage"/>).</exception>
    public static UniformBoxNoise Around(ReadOnlySpan<double> data, int dim, double margin = 0.1)
    {
        InputChecks.EnsureRows(data, dim);
        double[] low = data[..dim].ToArray(), high = data[..dim].ToArray();
        for (int i = 0; i < data.Length; i++)
        {
            low[i % dim] = Math.Min(low[i % dim], data[i]);
            high[i % dim] = Math.Max(high[i % dim], data[i]);
        }

        for (int j = 0; j < dim; j++)
        {
            double extra = margin * (high[j] - low[j]);
            (low[j], high[j]) = (low[j] - extra, high[j] + extra);
        }

        return new UniformBoxNoise(low, high);
    }

    /// <inheritdoc/>
    public override void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
    {
        for (int r = 0; r < values.Length; r++)
            values[r] = Holds(rows.Slice(r * Dim, Dim)) ? _logDensity : double.NegativeInfinity;
    }

    /// <inheritdoc/>
    public override void Sample(DrawSequence draws, Span<double> rows)
    {
        for (int i = 0; i < rows.Length; i++)
            rows[i] = _low[i % Dim] + ((_high[i % Dim] - _low[i % Dim]) * draws.NextUniform());
    }

    private bool Holds(ReadOnlySpan<double> row)
    {
        for (int j = 0; j < row.Length; j++)
        {
            if (!(row[j] >= _low[j] && row[j] <= _high[j]))
                return false;
        }

        return true;
    }
}
