using System.Runtime.CompilerServices;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host.LanguageModels;

/// <summary>
/// Represents a batch of predictions on the host, with both directions of the context transform. All products use the distinct
/// context rows of the batch instead of its predictions. A place matrix transforms each row once, however often the row occurs,
/// and the backward pass sums gradients per row before it multiplies. On WikiText-2 a thousand predictions have about 450 distinct
/// words. This more than halves the arithmetic, and each row is read and stepped once.
/// </summary>
internal sealed unsafe class PredictionBatch : IDisposable
{
    /// <summary>The number of rows between the prefetch of a row and its use.</summary>
    private const int Ahead = 6;

    private readonly HostKernels _kernels;
    private readonly LanguageModelParameters _parameters;
    private readonly LanguageModelShape _shape;
    private readonly ContextRows _rows;
    private readonly AlignedMatrix _inputs, _pointers;
    private readonly int[] _context, _offsets;
    private readonly bool _isFull;
    private AlignedMatrix? _transformed, _gradient, _carried, _work;

    public PredictionBatch(HostKernels kernels, LanguageModelParameters parameters, int capacity)
    {
        (_kernels, _parameters, _shape, Capacity) = (kernels, parameters, parameters.Shape, capacity);
        _rows = new ContextRows(_shape, capacity);
        _isFull = _shape.PlaceWeights == PlaceWeightKind.Full;
        Hidden = new AlignedMatrix(Padded(capacity) + HostKernels.RowTile, _shape.Dim);
        _inputs = new AlignedMatrix(Padded(_rows.Capacity), _shape.Dim);
        _pointers = new AlignedMatrix(2, _shape.Places * sizeof(float*) / sizeof(float));
        Targets = new int[capacity];
        _context = new int[_shape.Places];
        _offsets = [.. Enumerable.Range(0, _shape.Places).Select(_shape.Offset)];
    }

    /// <summary>Gets the maximum number of predictions.</summary>
    public int Capacity { get; }

    /// <summary>Gets the number of predictions in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the predicted words: <c>[Count]</c>.</summary>
    public int[] Targets { get; }

    /// <summary>Gets the noise sets of the batch when the noise depends on the previous word; otherwise null.</summary>
    public NoiseSets? Sets { get; private set; }

    /// <summary>Gets the context vectors h: <c>[Count, dim]</c>. Later rows, up to a tile past the capacity, hold old values.</summary>
    public AlignedMatrix Hidden { get; }

    /// <summary>Gets minus the derivative of the loss with respect to h: <c>[Count, dim]</c>.</summary>
    public AlignedMatrix Gradient => _gradient ??= new AlignedMatrix(Hidden.Rows, _shape.Dim);

    public static int Padded(int rows) => (rows + HostKernels.RowTile - 1) / HostKernels.RowTile * HostKernels.RowTile;

    /// <summary>Loads predictions of a plan and computes their context vectors.</summary>
    /// <param name="stream">The stream of the plan.</param>
    /// <param name="targets">Positions of consecutive predicted words in the stream, 1 to <see cref="Capacity"/> of them.</param>
    /// <param name="sets">Divides the predictions into noise sets in an order of its own; null keeps the order.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(ReadOnlySpan<int> stream, ReadOnlySpan<int> targets, NoiseSets? sets = null)
    {
        Count = targets.Length;
        (int earliest, int latest, Sets) = (targets[0], targets[^1], sets);
        if (sets is not null)
            targets = sets.Divide(stream, targets);
        for (int b = 0; b < targets.Length; b++)
            Targets[b] = stream[targets[b]];
        _rows.Load(stream, targets, earliest, latest);
        AlignedMatrix table = _parameters.Context;
        ReadOnlySpan<int> distinct = _rows.Distinct;
        int stride = table.Stride;
        for (int u = 0; u < distinct.Length; u++)
        {
            if (u + Ahead < distinct.Length)
                RowPrefetch.Row(table.RowPointer(distinct[u + Ahead]), stride);
            Buffer.MemoryCopy(table.RowPointer(distinct[u]), _inputs.RowPointer(u), stride * sizeof(float), stride * sizeof(float));
        }

        Forward(distinct.Length);
    }

    /// <summary>Gets the previous word of a prediction, or the row of &lt;s&gt;.</summary>
    public int Previous(int prediction) => _rows.Distinct[_rows.Slot(prediction, -1)];

    /// <summary>Gets the bucket of a prediction's context in the normalizer's table.</summary>
    public int Bucket(int prediction)
    {
        int buckets = _parameters.LogZ.Length;
        if (buckets == 1)
            return 0;
        for (int j = 0; j < _context.Length; j++)
            _context[j] = _rows.Distinct[_rows.Slot(prediction, _offsets[j])];
        return LanguageModelSpec.Bucket(_context, buckets);
    }

    /// <summary>Carries <see cref="Gradient"/> back, and updates context rows and place weights.</summary>
    /// <param name="updates">Steps the parameters.</param>
    /// <param name="rate">Learning rate.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(HostUpdates updates, float rate)
    {
        AlignedMatrix carried = _carried ??= new AlignedMatrix(_inputs.Rows, _shape.Dim);
        ReadOnlySpan<int> distinct = _rows.Distinct;
        carried.ClearRows(Padded(distinct.Length));
        if (_isFull)
            BackwardFull(distinct.Length, updates, rate);
        else if (_shape.PlaceWeights == PlaceWeightKind.Diagonal)
            BackwardDiagonal(updates, rate);
        else
            BackwardNone();
        ReadOnlySpan<int> uses = _rows.CountUses(_offsets);
        for (int u = 0; u < distinct.Length; u++)
        {
            if (u + Ahead < distinct.Length)
                RowPrefetch.Row(_parameters.Context.RowPointer(distinct[u + Ahead]), carried.Stride);
            if (uses[u] > 0)
                updates.StepContext(distinct[u], carried.RowPointer(u), rate, uses[u]);
        }
    }

    public void Dispose()
    {
        foreach (AlignedMatrix? matrix in new[] { Hidden, _inputs, _pointers, _transformed, _gradient, _carried, _work })
            matrix?.Dispose();
    }

    // Gets pointers to the rows of a prediction's context in a table of distinct rows. The row of place j begins at column j * step.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float** Point(int prediction, AlignedMatrix table, int step, int into = 0)
    {
        var pointers = (float**)_pointers.RowPointer(into);
        int[] offsets = _offsets;
        for (int j = 0; j < offsets.Length; j++)
            pointers[j] = table.RowPointer(_rows.Slot(prediction, offsets[j])) + (j * step);
        return pointers;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(int distinct)
    {
        int stride = Hidden.Stride, places = _shape.Places;
        AlignedMatrix table = _isFull ? Transform(distinct) : _inputs;
        float* factors = _parameters.PlaceWeights.Pointer, h = Hidden.Pointer;
        for (int b = 0; b < Count; b++, h += stride)
        {
            float** rows = Point(b, table, _isFull ? stride : 0);
            if (_shape.PlaceWeights == PlaceWeightKind.Diagonal)
                _kernels.SumProducts(h, rows, factors, places, stride);
            else
                _kernels.SumRows(h, rows, places, 1, stride);
        }
    }

    // Multiplies each distinct row by the matrix of each place: [distinct, places * stride].
    private AlignedMatrix Transform(int distinct)
    {
        AlignedMatrix to = _transformed ??= new AlignedMatrix(_inputs.Rows, _shape.Places * _inputs.Stride);
        int stride = Hidden.Stride, padded = Padded(distinct);
        to.ClearRows(padded);
        for (int j = 0; j < _shape.Places; j++)
            _kernels.MultiplyAdd(_inputs.Pointer, stride, 1, _parameters.PlaceWeights.RowPointer(j * _shape.Dim), stride, to.Pointer + (j * stride), to.Stride, padded, _shape.Dim, _shape.Dim);
        return to;
    }

    // D_j holds the sums of the gradients per row for place j. Computes carried = SUM_j D_j C_j^T, then C_j += rate X^T D_j.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardFull(int distinct, HostUpdates updates, float rate)
    {
        AlignedMatrix sums = _transformed!;
        int stride = Hidden.Stride;
        sums.ClearRows(Padded(distinct));
        for (int b = 0; b < Count; b++)
        {
            float** to = Point(b, sums, stride);
            for (int j = 0; j < _offsets.Length; j++)
                _kernels.AddScaled(to[j], Gradient.RowPointer(b), 1, stride);
        }

        for (int j = 0; j < _offsets.Length; j++)
            BackwardPlace(j, distinct, updates, rate);
    }

    private void BackwardPlace(int place, int distinct, HostUpdates updates, float rate)
    {
        AlignedMatrix sums = _transformed!;
        int stride = Hidden.Stride, dim = _shape.Dim;
        float* matrix = _parameters.PlaceWeights.RowPointer(place * dim), gradient = sums.Pointer + (place * stride);
        AlignedMatrix work = _work ??= new AlignedMatrix(stride, _shape.Dim);
        for (int i = 0; i < dim; i++)
        {
            for (int c = 0; c < dim; c++)
                work.RowPointer(c)[i] = matrix[((long)i * stride) + c];
        }

        _kernels.MultiplyAdd(gradient, sums.Stride, 1, work.Pointer, stride, _carried!.Pointer, stride, Padded(distinct), dim, dim);
        work.ClearRows(stride);
        _kernels.MultiplyAdd(_inputs.Pointer, 1, stride, gradient, sums.Stride, work.Pointer, stride, Padded(dim), distinct, dim);
        for (int i = 0; i < dim; i++)
            updates.StepPosition((place * dim) + i, work.RowPointer(i), rate, Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardDiagonal(HostUpdates updates, float rate)
    {
        AlignedMatrix sums = _work ??= new AlignedMatrix(_shape.Places, _shape.Dim);
        int stride = Hidden.Stride, places = _shape.Places;
        float* factors = _parameters.PlaceWeights.Pointer;
        sums.ClearRows(places);
        for (int b = 0; b < Count; b++)
            _kernels.CarryProducts(Gradient.RowPointer(b), Point(b, _inputs, 0), Point(b, _carried!, 0, into: 1), factors, sums.Pointer, places, stride);
        for (int j = 0; j < places; j++)
            updates.StepPosition(j, sums.RowPointer(j), rate, Count);
    }

    private void BackwardNone()
    {
        for (int b = 0; b < Count; b++)
        {
            float** to = Point(b, _carried!, 0);
            for (int j = 0; j < _offsets.Length; j++)
                _kernels.AddScaled(to[j], Gradient.RowPointer(b), 1, Hidden.Stride);
        }
    }
}
