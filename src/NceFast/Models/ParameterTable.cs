using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Models;

/// <summary>Specifies what the rows of a table belong to.</summary>
internal enum TableRows
{
    /// <summary>Row i belongs to word i, the most frequent first. Rows after the last word belong to special words.</summary>
    Words,

    /// <summary>The rows belong to the model as a whole: place weights, the normaliser.</summary>
    Model,
}

/// <summary>
/// Represents one table of a model's parameters or of its optimiser's state, which merges combine and checkpoints keep. <c>[rows, columns]</c> of 32-bit floats, <see cref="Stride"/> from one row to the next; valid as long as its owner.
/// </summary>
internal sealed unsafe class ParameterTable
{
    private readonly float* _data;
    private readonly object _owner; // keeps the memory from being collected

    private ParameterTable(string name, TableRows kind, bool isState, long rows, int columns, int stride, float* data, object owner)
    {
        (Name, Kind, IsState, Rows, Columns, Stride) = (name, kind, isState, rows, columns, stride);
        _data = data;
        _owner = owner;
    }

    /// <summary>Gets the name within the model, which is the same for every model of its kind.</summary>
    public string Name { get; }

    /// <summary>Gets what the rows belong to.</summary>
    public TableRows Kind { get; }

    /// <summary>Gets whether the table is the state of the optimiser: sums that only grow.</summary>
    public bool IsState { get; }

    /// <summary>Gets the number of rows.</summary>
    public long Rows { get; }

    /// <summary>Gets the number of floats per row, without padding.</summary>
    public int Columns { get; }

    /// <summary>Gets the number of floats from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Gets the address of row 0.</summary>
    internal float* Pointer => _data;

    /// <summary>Gets a row without its padding: <c>[columns]</c>.</summary>
    /// <param name="row">Row, 0 to <see cref="Rows"/> - 1.</param>
    /// <returns>The row itself, not a copy; valid until the parameters are disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="row"/> is outside the table.</exception>
    /// <exception cref="ObjectDisposedException">The parameters were disposed.</exception>
    public Span<float> Row(long row)
    {
        ThrowIfDisposed();
        if ((ulong)row >= (ulong)Rows)
            throw new ArgumentOutOfRangeException(nameof(row), row, $"Row {row} is outside 0 to {Rows - 1} of table {Name}.");
        return new Span<float>(_data + (row * Stride), Columns);
    }

    /// <summary>Computes the largest magnitude in a row; NaN when a value is not finite.</summary>
    internal float LargestMagnitude(long row) => Magnitudes.Current.Largest(Row(row));

    /// <summary>Copies all rows from a table of the same shape.</summary>
    /// <param name="source">The table to copy.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ObjectDisposedException">The parameters of one of them were disposed.</exception>
    public void CopyFrom(ParameterTable source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ThrowIfDisposed();
        source.ThrowIfDisposed();
        if ((source.Rows, source.Stride) != (Rows, Stride))
            throw new ArgumentException($"Table {source.Name} is [{source.Rows}, {source.Columns}] and cannot be copied to {Name} of [{Rows}, {Columns}].", nameof(source));
        nuint bytes = (nuint)Rows * (nuint)Stride * sizeof(float);
        NativeMemory.Copy(source._data, _data, bytes);
    }

    internal static ParameterTable Of(string name, TableRows kind, AlignedMatrix matrix) =>
        new(name, kind, false, matrix.Rows, matrix.Columns, matrix.Stride, matrix.Pointer, matrix);

    /// <summary>Creates a table of one column from a pinned array.</summary>
    internal static ParameterTable Of(string name, TableRows kind, float[] pinned, bool isState = false) =>
        new(name, kind, isState, pinned.Length, 1, 1, (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0), pinned);

    private void ThrowIfDisposed() => (_owner as AlignedMatrix)?.ThrowIfDisposed();
}
