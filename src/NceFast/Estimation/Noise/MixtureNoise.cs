using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Estimation;

/// <summary>Represents a mixture of densities, such as a Gaussian that is fitted to the data and a wider Gaussian for the tails.</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class MixtureNoise : NoiseDensity
{
    private readonly NoiseDensity[] _parts;
    private readonly double[] _logWeights;
    private readonly AliasTable _table;

    /// <summary>Creates a mixture.</summary>
    /// <param name="parts">The densities, all with the same dimension, and their weights. The weights need not sum to 1.</param>
    /// <exception cref="NceFastException">There are no parts, a weight is not above 0, or the dimensions differ (<see cref="ErrorKind.Usage"/>).</exception>
    public MixtureNoise(params (double Weight, NoiseDensity Density)[] parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Length == 0)
            Throw.Usage("The mixture has no parts; specify at least one density.");
        foreach ((double weight, NoiseDensity density) in parts)
        {
            if (!(weight > 0) || double.IsInfinity(weight) || density.Dim != parts[0].Density.Dim)
                Throw.Usage($"A part of the mixture has weight {weight} and dimension {density.Dim}; the weight must be finite and above 0, and the dimension must be {parts[0].Density.Dim} as in the first part.");
        }

        double sum = parts.Sum(p => p.Weight);
        _parts = [.. parts.Select(p => p.Density)];
        _logWeights = [.. parts.Select(p => Math.Log(p.Weight / sum))];
        _table = new AliasTable([.. parts.Select(p => p.Weight)]);
    }

    /// <inheritdoc/>
    public override int Dim => _parts[0].Dim;

    /// <summary>Gets whether all parts were fitted to moments.</summary>
    public override bool IsMomentFit => Array.TrueForAll(_parts, p => p.IsMomentFit);

    /// <inheritdoc/>
    public override void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
    {
        values.Fill(double.NegativeInfinity);
        Span<double> part = new double[values.Length];
        for (int p = 0; p < _parts.Length; p++)
        {
            _parts[p].LogDensity(rows, part);
            for (int r = 0; r < values.Length; r++)
                values[r] = LogAdd(values[r], part[r] + _logWeights[p]);
        }
    }

    /// <inheritdoc/>
    public override void Sample(DrawSequence draws, Span<double> rows)
    {
        for (int from = 0; from < rows.Length; from += Dim)
            _parts[_table.Draw(draws.NextWord(), draws.NextWord())].Sample(draws, rows.Slice(from, Dim));
    }

    private static double LogAdd(double a, double b)
    {
        double high = Math.Max(a, b);
        return double.IsNegativeInfinity(high) ? high : high + Math.Log(1 + Math.Exp(Math.Min(a, b) - high));
    }
}
