using NceFast.Merging;
using NceFast.Numerics;

namespace NceFast.Bench.Flight;

/// <summary>Represents the weighted mean of the most frequent rows of a table.</summary>
internal sealed unsafe class FlightMean(AlignedMatrix rows) : IDisposable
{
    private const double Least = 1e-30;
    private readonly RowMath _math = RowMath.Current;
    private readonly AlignedMatrix _unit = new(1, rows.Columns);

    /// <summary>Gets the mean divided by its length, or 0 where the length is next to 0: <c>[dim]</c>.</summary>
    public float* Unit => _unit.Pointer;

    /// <summary>Gets the squared length of the mean.</summary>
    public double Square { get; private set; }

    /// <summary>Computes the mean.</summary>
    /// <param name="weights">Weight of each row: <c>[words]</c>.</param>
    public void Take(ReadOnlySpan<float> weights)
    {
        int stride = _unit.Stride;
        double total = 0, square = 0;
        _unit.ClearRows(1);
        for (int w = 0; w < Math.Min(weights.Length, HotRows.First); w++)
        {
            total += weights[w];
            _math.AddScaled(Unit, rows.RowPointer(w), weights[w], stride);
        }

        for (int c = 0; c < stride; c++)
            square += (double)Unit[c] * Unit[c];
        bool usable = square > Least && double.IsFinite(square);
        Square = usable ? square / (total * total) : 0;
        float inverse = usable ? (float)(1 / Math.Sqrt(square)) : 0;
        for (int c = 0; c < stride; c++)
            Unit[c] = usable ? Unit[c] * inverse : 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _unit.Dispose();
}
