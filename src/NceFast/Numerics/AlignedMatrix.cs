using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NceFast.Numerics;

/// <summary>
/// A row-major matrix <c>[rows, columns]</c> of 32-bit floats outside the managed heap, addressed in 64 bits.
/// Rows are padded with zeros to a multiple of 16 floats (64 bytes), so that a row never shares a cache line with
/// another and every vector width divides it.
/// </summary>
public sealed unsafe class AlignedMatrix : IDisposable
{
    private const nuint HugePage = 2 << 20;
    private float* _data;

    /// <summary>Allocates the matrix, filled with zeros.</summary>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <exception cref="NceFastException">The memory could not be had (<see cref="ErrorKind.Memory"/>).</exception>
    public AlignedMatrix(long rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Rows = rows;
        Columns = columns;
        Stride = PadColumns(columns);
        ByteLength = checked((nuint)Math.Max(1, rows) * (nuint)Stride * sizeof(float));
        try
        {
            _data = (float*)AlignedMemory.Allocate(ByteLength, ByteLength >= HugePage ? HugePage : 64);
        }
        catch (OutOfMemoryException e)
        {
            Throw.Memory($"A matrix of {rows:N0} rows and {columns:N0} columns needs {ByteLength:N0} bytes, which this machine did not give; lower --dim or --max-vocab.", e);
        }

        HugePages.Advise(_data, ByteLength);
        NativeMemory.Clear(_data, ByteLength);
        GC.AddMemoryPressure((long)ByteLength);
    }

    /// <summary>Frees the memory when it was not disposed.</summary>
    ~AlignedMatrix() => Free();

    /// <summary>Number of rows.</summary>
    public long Rows { get; }

    /// <summary>Number of columns in use.</summary>
    public int Columns { get; }

    /// <summary>Floats from one row to the next: <see cref="Columns"/> rounded up to a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>Size in bytes.</summary>
    public nuint ByteLength { get; }

    /// <summary>First float of row 0; valid until <see cref="Dispose"/>.</summary>
    internal float* Pointer => _data;

    /// <summary>The columns of one row, without its padding: <c>[columns]</c>.</summary>
    /// <param name="row">Row, 0 to <see cref="Rows"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is outside the matrix.</exception>
    public Span<float> Row(long row)
    {
        if ((ulong)row >= (ulong)Rows)
            ThrowRow(row);
        return new Span<float>(_data + row * Stride, Columns);
    }

    /// <summary>Floats a row of <paramref name="columns"/> takes with its padding.</summary>
    public static int PadColumns(int columns) => (int)(((uint)columns + 15) & ~15u);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* RowPointer(long row) => _data + row * Stride;

    /// <summary>Sets the first rows, padding included, to zero.</summary>
    internal void ClearRows(long rows) => NativeMemory.Clear(_data, (nuint)rows * (nuint)Stride * sizeof(float));

    private void ThrowRow(long row) =>
        throw new ArgumentOutOfRangeException(nameof(row), row, $"Row {row} is outside 0 to {Rows - 1}.");

    private void Free()
    {
        if (_data == null)
            return;
        AlignedMemory.Free(_data, ByteLength);
        _data = null;
        GC.RemoveMemoryPressure((long)ByteLength);
    }
}
