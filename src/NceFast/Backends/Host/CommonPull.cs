using System.Numerics;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// The mean of the rows that a table's rows meet, and how far they are pulled along it. The input vectors of negative sampling
/// have a large mean in common, along which every noise term pulls an output row the same way: there each worker by itself
/// brings a frequent row near its optimum between two merges, the sum of their changes overshoots, and with several workers
/// the loss swings, while across it the changes differ and add up.
/// </summary>
/// <param name="pulls">Pull of each row along a mean of length 1, in parts of the way to the optimum: <c>[hot]</c>.</param>
/// <param name="weights">Weights of the opposite rows in the mean: <c>[hot]</c>.</param>
/// <param name="workers">Workers whose changes meet.</param>
/// <param name="stride">Floats a row.</param>
internal sealed unsafe class CommonPull(float[] pulls, float[] weights, int workers, int stride) : IDisposable
{
    // What the merges of all workers add up to where each brings a row to its optimum by itself, in means of their changes. At 2
    // what is missing to the optimum would change its sign at each merge and never shrink; at 1, without a swing, vectors are a little worse.
    private const float Most = 1.7f;

    // Square of a length that pulls nothing, and by which floats can still be divided.
    private const double Least = 1e-30;
    private readonly AlignedMatrix _unit = new(1, stride);
    private float _square;

    /// <summary>The mean, divided by its length; 0 where that is next to 0: <c>[stride]</c>.</summary>
    public float* Unit => _unit.Pointer;

    /// <summary>Takes the mean of the opposite table's first rows.</summary>
    public void Take(float* rows)
    {
        int stride = _unit.Stride;
        float* mean = _unit.Pointer;
        _unit.ClearRows(1);
        int count = Math.Min(weights.Length, MergeBands.FirstRows);
        float total = 0;
        for (int w = 0; w < count; w++, rows += stride)
        {
            var weight = new Vector<float>(weights[w]);
            total += weights[w];
            for (int c = 0; c < stride; c += Vector<float>.Count)
                (Vector.Load(mean + c) + (weight * Vector.Load(rows + c))).Store(mean + c);
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

    /// <summary>Part of a row's change along the mean that a merge adds: from all of it, where the pull is small, to a worker's share.</summary>
    public float Scale(int row) => HotTable.Part(workers / Most, pulls[row] * _square);

    public void Dispose() => _unit.Dispose();
}
