using NceFast.Numerics;

namespace NceFast.Models;

/// <summary>
/// Represents the parameters of a log-bilinear model. Matrices, tables and their rows are valid until the parameters are disposed;
/// every member except <see cref="Shape"/> then throws <see cref="ObjectDisposedException"/>.
/// </summary>
/// <remarks>Several threads can read an instance at the same time, as long as none changes its values or disposes it.</remarks>
public sealed class LanguageModelParameters : ModelParameters
{
    /// <summary>Half the width of the uniform distribution that rows are initialized with.</summary>
    public const float InitialRange = 0.05f;

    private readonly AlignedMatrix _context, _target, _position;
    private readonly float[] _bias, _logZ, _contextSums, _targetSums, _positionSums;

    /// <summary>Allocates the parameters of a model, all zero.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="normalizerRows">Rows of the normaliser's table: 1, or a power of two.</param>
    /// <param name="adaptive">Whether to keep AdaGrad's sums beside the rows.</param>
    /// <exception cref="NceFastException">The memory cannot be allocated (<see cref="ErrorKind.Memory"/>).</exception>
    public LanguageModelParameters(LanguageModelShape shape, int normalizerRows = 1, bool adaptive = false)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Shape = shape;
        _context = new AlignedMatrix(shape.Words + 1L, shape.Dim);
        _target = shape.SharedRows ? _context : new AlignedMatrix(shape.Words, shape.Dim);
        _position = new AlignedMatrix(shape.PlaceRows, shape.Dim);
        _bias = GC.AllocateArray<float>(shape.Words, pinned: true);
        _logZ = GC.AllocateArray<float>(normalizerRows, pinned: true);
        _contextSums = Sums(_context);
        _targetSums = shape.SharedRows ? _contextSums : Sums(_target);
        _positionSums = Sums(_position);

        float[] Sums(AlignedMatrix rows) => GC.AllocateArray<float>(adaptive ? checked((int)rows.Rows) : 0, pinned: true);
    }

    /// <summary>Gets the shape of the model.</summary>
    public LanguageModelShape Shape { get; }

    /// <summary>Gets r: <c>[words + 1, dim]</c>; the last row is that of &lt;s&gt;.</summary>
    public AlignedMatrix Context => Alive(_context);

    /// <summary>Gets q: <c>[words, dim]</c>, or <see cref="Context"/> itself when rows are shared.</summary>
    public AlignedMatrix Target => Alive(_target);

    /// <summary>Gets C: <c>[places * dim, dim]</c> for full matrices (h = r C), <c>[places, dim]</c> for diagonal ones, else no row.</summary>
    public AlignedMatrix PlaceWeights => Alive(_position);

    /// <summary>Gets b: <c>[words]</c>, pinned.</summary>
    public float[] Bias => Alive(_bias);

    /// <summary>Gets log Z: one value, or one per bucket of contexts; 0 unless it is learned; pinned.</summary>
    public float[] LogZ => Alive(_logZ);

    /// <summary>Gets AdaGrad's sum of mean squared gradients per context row: <c>[words + 1]</c>, or empty; pinned.</summary>
    public float[] ContextSums => Alive(_contextSums);

    /// <summary>Gets the same per target row: <c>[words]</c>, or <see cref="ContextSums"/> itself when rows are shared, or empty; pinned.</summary>
    public float[] TargetSums => Alive(_targetSums);

    /// <summary>Gets the same per row of <see cref="PlaceWeights"/>; pinned.</summary>
    public float[] PlaceSums => Alive(_positionSums);

    /// <summary>
    /// Starts a training: rows uniform within <see cref="InitialRange"/> of 0, biases log unigram, so that the model is close
    /// to normalised at step 0; position matrices the identity over the root of the places. With the identity itself a context
    /// of one word (the padding before a sentence) moves its row by the square of the places: ten places diverged at a rate of 0.03.
    /// </summary>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="counts">Occurrences per word: <c>[words]</c>.</param>
    public override void Initialize(ulong seed, ReadOnlySpan<long> counts) => Initialize(seed, counts, InitialRange);

    /// <summary>Starts a training with rows uniform within another range of 0.</summary>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="counts">Occurrences per word: <c>[words]</c>.</param>
    /// <param name="range">Half the width of the uniform distribution.</param>
    public void Initialize(ulong seed, ReadOnlySpan<long> counts, float range)
    {
        Fill(Context, seed, 0, range);
        if (Target != Context)
            Fill(Target, seed, 1UL << 40, range);
        float share = 1 / MathF.Sqrt(Shape.Places);
        for (int row = 0; row < PlaceWeights.Rows; row++)
        {
            if (Shape.PlaceWeights == PlaceWeightKind.Full)
                PlaceWeights.Row(row)[row % Shape.Dim] = share;
            else
                PlaceWeights.Row(row).Fill(share);
        }

        double total = 0;
        foreach (long count in counts)
            total += count;
        for (int w = 0; w < Bias.Length; w++)
            Bias[w] = (float)Math.Log(Math.Max(counts[w], 0.5) / total);
    }

    /// <summary>Computes the bytes that the parameters of a model take, without the normaliser and the state of the optimiser.</summary>
    public static long Bytes(LanguageModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ((((shape.SharedRows ? 1L : 2L) * shape.Words) + shape.PlaceRows + 1) * AlignedMatrix.PadColumns(shape.Dim) + shape.Words) * sizeof(float);
    }

    /// <summary>Keeps the memory while an operation uses it, even if the parameters are disposed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The parameters were disposed.</exception>
    internal Hold Use() => new(Context.Use(), Target.Use(), PlaceWeights.Use());

    private protected override IEnumerable<ParameterTable> ListTables()
    {
        yield return ParameterTable.Of("context", TableRows.Words, Context);
        if (!Shape.SharedRows)
            yield return ParameterTable.Of("target", TableRows.Words, Target);
        yield return ParameterTable.Of("position", TableRows.Model, PlaceWeights);
        yield return ParameterTable.Of("bias", TableRows.Words, Bias);
        yield return ParameterTable.Of("log-z", TableRows.Model, LogZ);
        yield return ParameterTable.Of("context-sums", TableRows.Words, ContextSums, isState: true);
        if (!Shape.SharedRows)
            yield return ParameterTable.Of("target-sums", TableRows.Words, TargetSums, isState: true);
        yield return ParameterTable.Of("position-sums", TableRows.Model, PlaceSums, isState: true);
    }

    private protected override void Free()
    {
        _context.Dispose();
        _target.Dispose();
        _position.Dispose();
    }

    private static void Fill(AlignedMatrix matrix, ulong seed, ulong firstStream, float range)
    {
        int padded = (matrix.Columns + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile;
        Failures.Unwrap(() => Parallel.For(0L, (matrix.Rows + 1023) / 1024, chunk =>
        {
            var draws = new uint[padded];
            for (long row = chunk * 1024; row < Math.Min(matrix.Rows, (chunk + 1) * 1024); row++)
            {
                Philox4x32.Fill(PhiloxStream.For(seed, DrawPurpose.Initialize, 0, firstStream + (ulong)row), draws);
                Span<float> values = matrix.Row(row);
                for (int i = 0; i < values.Length; i++)
                    values[i] = (((int)(draws[i] >> 8) + 0.5f) / (1 << 23) - 1) * range;
            }
        }));
    }

    /// <summary>Represents an operation that uses the parameters.</summary>
    internal readonly struct Hold(AlignedMatrix.Hold context, AlignedMatrix.Hold target, AlignedMatrix.Hold position) : IDisposable
    {
        public void Dispose()
        {
            context.Dispose();
            target.Dispose();
            position.Dispose();
        }
    }
}
