using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NceFast.Numerics;

/// <summary>
/// Represents a row-major matrix <c>[rows, columns]</c> of 32-bit floats outside the managed heap, with 64-bit addresses.
/// Rows are padded with zeros to a multiple of 16 floats (64 bytes), so that a row never shares a cache line with
/// another and every vector width divides it.
/// </summary>
/// <remarks>
/// Spans of rows point into this memory. They are valid until the owner disposes the matrix, and as long as the matrix itself
/// is reachable: a span alone does not keep it alive. Several threads can use a matrix at the same time, as long as none of them
/// writes a row that another uses. Never dispose a matrix while another thread uses a span of it. Searches, evaluations and exports
/// in progress keep the memory until they finish or throw <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed unsafe class AlignedMatrix : IDisposable
{
    private const nuint HugePage = 2 << 20;
    private float* _data;
    private int _users = 1; // the owner until it disposes, and each work that holds the memory
    private bool _disposed;

    /// <summary>Allocates the matrix, filled with zeros.</summary>
    /// <param name="rows">Number of rows, at least 0.</param>
    /// <param name="columns">Number of columns, at least 1.</param>
    /// <exception cref="NceFastException">The memory could not be allocated (<see cref="ErrorKind.Memory"/>).</exception>
    public AlignedMatrix(long rows, int columns)
        : this(rows, columns, clear: true)
    {
    }

    private AlignedMatrix(long rows, int columns, bool clear)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Rows = rows;
        Columns = columns;
        Stride = PadColumns(columns);
        ByteLength = checked((nuint)Math.Max(1, rows) * (nuint)Stride * sizeof(float));
        _data = (float*)AlignedMemory.Allocate(ByteLength, ByteLength >= HugePage ? HugePage : 64, $"A matrix of {rows:N0} rows and {columns:N0} columns", "use fewer rows or columns");
        HugePages.Advise(_data, ByteLength);
        if (clear)
            NativeMemory.Clear(_data, ByteLength);
        GC.AddMemoryPressure((long)ByteLength);
    }

    /// <summary>Frees the memory if the matrix was not disposed.</summary>
    ~AlignedMatrix() => Free();

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of columns in use.</summary>
    public int Columns { get; }

    /// <summary>Gets the floats from one row to the next: <see cref="Columns"/> rounded up to a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>Gets the size in bytes.</summary>
    public nuint ByteLength { get; }

    /// <summary>Gets a pointer to the first float of row 0; valid until <see cref="Dispose"/>.</summary>
    internal float* Pointer => _data;

    /// <summary>Returns the columns of one row, without its padding: <c>[columns]</c>.</summary>
    /// <param name="row">Row, 0 to <see cref="Rows"/> - 1.</param>
    /// <returns>The row itself, not a copy; valid until the matrix is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is outside the matrix.</exception>
    /// <exception cref="ObjectDisposedException">The matrix was disposed.</exception>
    public Span<float> Row(long row)
    {
        if ((ulong)row >= (ulong)Rows || _disposed)
            ThrowRow(row);
        return new Span<float>(_data + row * Stride, Columns);
    }

    /// <summary>
    /// Allocates a matrix whose content is undefined. The caller must write every row with its padding. The system provides the
    /// memory of a row when the row is written.
    /// </summary>
    internal static AlignedMatrix Uncleared(long rows, int columns) => new(rows, columns, clear: false);

    /// <summary>Computes the floats that a row of <paramref name="columns"/> takes with its padding.</summary>
    public static int PadColumns(int columns) => (int)(((uint)columns + 15) & ~15u);

    /// <summary>Frees the memory, or leaves that to the last work that still uses it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        GC.SuppressFinalize(this);
        Release();
    }

    /// <summary>Keeps the memory until the hold is disposed, even if the matrix is disposed meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The matrix was disposed.</exception>
    internal Hold Use()
    {
        int users = Volatile.Read(ref _users);
        while (true)
        {
            ThrowIfDisposed();
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return new Hold(this);
            users = seen;
        }
    }

    /// <summary>Throws if the matrix was disposed.</summary>
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* RowPointer(long row) => _data + row * Stride;

    /// <summary>Sets the first rows, including their padding, to zero.</summary>
    internal void ClearRows(long rows) => NativeMemory.Clear(_data, (nuint)rows * (nuint)Stride * sizeof(float));

    private void ThrowRow(long row)
    {
        ThrowIfDisposed();
        throw new ArgumentOutOfRangeException(nameof(row), row, $"Row {row} is outside 0 to {Rows - 1}.");
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            Free();
    }

    private void Free()
    {
        if (_data == null)
            return;
        AlignedMemory.Free(_data, ByteLength);
        _data = null;
        GC.RemoveMemoryPressure((long)ByteLength);
    }

    /// <summary>Keeps the memory of a matrix until it is disposed.</summary>
    internal readonly struct Hold(AlignedMatrix matrix) : IDisposable
    {
        public void Dispose() => matrix.Release();
    }
}
