using NceFast.Numerics;

namespace NceFast.Merging;

/// <summary>
/// The mean of the rows that a table's rows meet, and how far the rows are pulled along it. The input vectors of negative sampling
/// have a large mean in common. Every noise term pulls an output row the same way along that mean, so that each worker by itself
/// brings a frequent row near its optimum there between two merges. The sum of the workers' changes would overshoot along the mean, and
/// the loss would swing. Across the mean the changes differ and add up.
/// </summary>
/// <param name="pulls">Pull of each row along a mean of length 1: <c>[hot]</c>.</param>
/// <param name="weights">Weights of the opposite rows in the mean: <c>[hot]</c>.</param>
/// <param name="workers">Workers whose changes meet.</param>
/// <param name="stride">Floats per row.</param>
internal sealed unsafe class CommonPull(float[] pulls, float[] weights, int workers, int stride) : IDisposable
{
    // Square of a length that pulls nothing, and by which floats can still be divided.
    private const double Least = 1e-30;
    private readonly RowMath _math = RowMath.Current;
    private readonly AlignedMatrix _unit = new(1, stride);
    private float _square;

    /// <summary>Gets the mean divided by its length, or 0 where the length is next to 0: <c>[stride]</c>.</summary>
    public float* Unit => _unit.Pointer;

    /// <summary>Computes the mean of the opposite table's first rows.</summary>
    public void Take(float* rows)
    {
        int stride = _unit.Stride;
        float* mean = _unit.Pointer;
        _unit.ClearRows(1);
        int count = Math.Min(weights.Length, HotRows.First);
        float total = 0;
        for (int w = 0; w < count; w++, rows += stride)
        {
            total += weights[w];
            _math.AddScaled(mean, rows, weights[w], stride);
        }

        double square = 0;
        for (int c = 0; c < stride; c++)
            square += (double)mean[c] * mean[c];
        _square = 0;
        if (!(square > Least && double.IsFinite(square)))
        {
            _unit.ClearRows(1); // a row that is not finite must not reach all the others
            return;
        }

        _square = (float)(square / ((double)total * total));
        float inverse = (float)(1 / Math.Sqrt(square));
        for (int c = 0; c < stride; c++)
            mean[c] *= inverse;
    }

    /// <summary>The part of a row's change along the mean that a merge adds.</summary>
    public float Weight(int row) => MergeWeight.Of(pulls[row] * _square, workers / PullLimits.AlongMean);

    public void Dispose() => _unit.Dispose();
}
