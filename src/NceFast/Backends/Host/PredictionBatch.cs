using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>
/// A batch of predictions on the host and both directions of the context transform as matrix products: context rows to
/// context vectors h, and the gradient by h back to rows and position matrices. Matrices have room for one tile of rows
/// more than the batch; rows past <see cref="Count"/> hold what was left there.
/// </summary>
internal sealed unsafe class PredictionBatch : IDisposable
{
    /// <summary>Predictions between a row's prefetch and its use.</summary>
    private const int Ahead = 6;

    private readonly HostKernels _kernels;
    private readonly LogBilinearParameters _parameters;
    private readonly LogBilinearShape _shape;
    private readonly AlignedMatrix[] _inputs;
    private readonly int[][] _rows;
    private readonly int[] _context;
    private AlignedMatrix? _gradient, _back, _transposed;

    public PredictionBatch(HostKernels kernels, LogBilinearParameters parameters, int capacity)
    {
        (_kernels, _parameters, _shape, Capacity) = (kernels, parameters, parameters.Shape, capacity);
        int padded = Padded(capacity) + HostKernels.RowTile;
        Hidden = new AlignedMatrix(padded, _shape.Dim);
        _inputs = [.. Enumerable.Range(0, _shape.Places).Select(_ => new AlignedMatrix(padded, _shape.Dim))];
        _rows = [.. Enumerable.Range(0, _shape.Places).Select(_ => new int[capacity])];
        Targets = new int[capacity];
        _context = new int[_shape.Places];
    }

    /// <summary>Most predictions.</summary>
    public int Capacity { get; }

    /// <summary>Predictions in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>Predicted words: <c>[Count]</c>.</summary>
    public int[] Targets { get; }

    /// <summary>h: <c>[Count, dim]</c>.</summary>
    public AlignedMatrix Hidden { get; }

    /// <summary>Minus the derivative of the loss by h: <c>[Count, dim]</c>.</summary>
    public AlignedMatrix Gradient => _gradient ??= new AlignedMatrix(Hidden.Rows, _shape.Dim);

    public static int Padded(int rows) => (rows + HostKernels.RowTile - 1) / HostKernels.RowTile * HostKernels.RowTile;

    /// <summary>Takes predictions of a plan and computes their context vectors.</summary>
    /// <param name="stream">Stream of the plan.</param>
    /// <param name="targets">Places of the predictions, at most <see cref="Capacity"/>.</param>
    public void Load(ReadOnlySpan<int> stream, ReadOnlySpan<int> targets)
    {
        Count = targets.Length;
        for (int b = 0; b < targets.Length; b++)
            Targets[b] = stream[targets[b]];
        int stride = Hidden.Stride;
        AlignedMatrix table = _parameters.Context;
        for (int j = 0; j < _inputs.Length; j++)
        {
            int offset = _shape.Offset(j);
            int[] rows = _rows[j];
            float* to = _inputs[j].Pointer;
            for (int b = 0; b < targets.Length; b++)
                rows[b] = stream[targets[b] + offset];
            for (int b = 0; b < targets.Length; b++, to += stride)
            {
                if (b + Ahead < targets.Length)
                    RowPrefetch.Ask(table.RowPointer(rows[b + Ahead]), stride);
                Buffer.MemoryCopy(table.RowPointer(rows[b]), to, stride * sizeof(float), stride * sizeof(float));
            }
        }

        Forward();
    }

    /// <summary>The bucket of a prediction's context in the normaliser's table.</summary>
    public int Bucket(int prediction)
    {
        int buckets = _parameters.LogZ.Length;
        if (buckets == 1)
            return 0;
        for (int j = 0; j < _context.Length; j++)
            _context[j] = _rows[j][prediction];
        return LogBilinearSpec.Bucket(_context, buckets);
    }

    /// <summary>Carries <see cref="Gradient"/> back and updates context rows and position matrices.</summary>
    /// <param name="updates">Steps of the parameters.</param>
    /// <param name="rate">Learning rate of rows.</param>
    public void Backward(HostUpdates updates, float rate)
    {
        AlignedMatrix back = _back ??= new AlignedMatrix(Hidden.Rows, _shape.Dim);
        int stride = Hidden.Stride, padded = Padded(Count);
        for (int j = 0; j < _inputs.Length; j++)
        {
            float* carried = Gradient.Pointer;
            if (_shape.Position != PositionKind.None)
            {
                carried = back.Pointer;
                new Span<float>(carried, padded * stride).Clear();
                if (_shape.Position == PositionKind.Full)
                    BackwardFull(j, carried, padded, updates, rate);
                else
                    BackwardDiagonal(j, carried, updates, rate);
            }

            int[] rows = _rows[j];
            for (int b = 0; b < Count; b++)
            {
                if (b + Ahead < Count)
                    RowPrefetch.Ask(_parameters.Context.RowPointer(rows[b + Ahead]), stride);
                updates.StepContext(rows[b], carried + (b * stride), rate);
            }
        }
    }

    public void Dispose()
    {
        foreach (AlignedMatrix input in _inputs)
            input.Dispose();
        Hidden.Dispose();
        _gradient?.Dispose();
        _back?.Dispose();
        _transposed?.Dispose();
    }

    private void Forward()
    {
        int stride = Hidden.Stride, dim = _shape.Dim, padded = Padded(Count);
        new Span<float>(Hidden.Pointer, padded * stride).Clear();
        AlignedMatrix position = _parameters.Position;
        for (int j = 0; j < _inputs.Length; j++)
        {
            float* x = _inputs[j].Pointer, h = Hidden.Pointer;
            if (_shape.Position == PositionKind.Full)
            {
                _kernels.MultiplyAdd(x, stride, 1, position.RowPointer(j * dim), stride, h, stride, padded, dim, stride);
                continue;
            }

            for (int b = 0; b < Count; b++, x += stride, h += stride)
            {
                if (_shape.Position == PositionKind.Diagonal)
                    _kernels.AddProduct(h, x, position.RowPointer(j), stride);
                else
                    _kernels.AddScaled(h, x, 1, stride);
            }
        }
    }

    // carried = G C^T, then C += rate X^T G.
    private void BackwardFull(int place, float* carried, int padded, HostUpdates updates, float rate)
    {
        int stride = Hidden.Stride, dim = _shape.Dim;
        float* matrix = _parameters.Position.RowPointer(place * dim);
        AlignedMatrix work = _transposed ??= new AlignedMatrix(stride, _shape.Dim);
        for (int i = 0; i < dim; i++)
        {
            for (int c = 0; c < dim; c++)
                work.Pointer[(c * stride) + i] = matrix[(i * stride) + c];
        }

        _kernels.MultiplyAdd(Gradient.Pointer, stride, 1, work.Pointer, stride, carried, stride, padded, dim, stride);
        new Span<float>(work.Pointer, stride * stride).Clear();
        _kernels.MultiplyAdd(_inputs[place].Pointer, 1, stride, Gradient.Pointer, stride, work.Pointer, stride, Padded(dim), Count, stride);
        for (int i = 0; i < dim; i++)
            updates.StepPosition((place * dim) + i, work.RowPointer(i), rate, Count);
    }

    private void BackwardDiagonal(int place, float* carried, HostUpdates updates, float rate)
    {
        int stride = Hidden.Stride;
        AlignedMatrix work = _transposed ??= new AlignedMatrix(1, _shape.Dim);
        float* row = _parameters.Position.RowPointer(place), sum = work.Pointer, x = _inputs[place].Pointer, g = Gradient.Pointer;
        new Span<float>(sum, stride).Clear();
        for (int b = 0; b < Count; b++, x += stride, g += stride, carried += stride)
        {
            _kernels.AddProduct(carried, g, row, stride);
            _kernels.AddProduct(sum, g, x, stride);
        }

        updates.StepPosition(place, sum, rate, Count);
    }
}
