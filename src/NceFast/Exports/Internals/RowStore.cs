using NceFast.Numerics;

namespace NceFast.Exports.Internals;

/// <summary>
/// Holds the rows of a file while they are read. If the number of rows is known, they are rows of the final matrix. Otherwise
/// they are in parts of equal size, which are copied to the final matrix one by one, so that the peak of memory is the matrix
/// and one part.
/// </summary>
internal sealed class RowStore : IDisposable
{
    private const long LeastPartBytes = 1 << 16, MostPartBytes = 64 << 20;

    private readonly List<AlignedMatrix> _parts = [];
    private readonly int _dim;
    private readonly int _shift;
    private readonly bool _grows;

    private RowStore(int dim, int shift, bool grows) => (_dim, _shift, _grows) = (dim, shift, grows);

    /// <summary>Gets the number of rows that can be written.</summary>
    public long Rows { get; private set; }

    /// <summary>Gets the number of floats per row.</summary>
    public int Dim => _dim;

    /// <summary>Creates a store for a known number of rows.</summary>
    public static RowStore Fixed(long rows, int dim)
    {
        var store = new RowStore(dim, 62, grows: false) { Rows = rows };
        store._parts.Add(new AlignedMatrix(rows, dim));
        return store;
    }

    /// <summary>Creates a store for an unknown number of rows.</summary>
    /// <param name="dim">The number of floats per row.</param>
    /// <param name="fileBytes">The length of the file, which limits the size of the parts of small files.</param>
    public static RowStore Growing(int dim, long fileBytes)
    {
        long rows = Math.Clamp(fileBytes, LeastPartBytes, MostPartBytes) / (sizeof(float) * (long)AlignedMatrix.PadColumns(dim));
        return new RowStore(dim, (int)long.Log2(Math.Max(1, rows)), grows: true);
    }

    /// <summary>Returns a row, <c>[dim]</c>. Several threads may use different rows.</summary>
    public Span<float> Row(long row) => _parts[(int)(row >> _shift)].Row(row & ((1L << _shift) - 1));

    /// <summary>Makes room for rows if the number of rows was unknown.</summary>
    public void Reserve(long rows)
    {
        while (_grows && Rows < rows)
        {
            _parts.Add(new AlignedMatrix(1L << _shift, _dim));
            Rows += 1L << _shift;
        }
    }

    /// <summary>Creates the matrix of the first rows. The store is empty afterwards.</summary>
    public unsafe AlignedMatrix Take(long rows)
    {
        if (_parts.Count == 1 && _parts[0].Rows == rows)
        {
            AlignedMatrix only = _parts[0];
            _parts.Clear();
            return only;
        }

        AlignedMatrix matrix = AlignedMatrix.Uncleared(rows, _dim);
        long row = 0;
        foreach (AlignedMatrix part in _parts)
        {
            long some = Math.Min(part.Rows, rows - row), bytes = some * part.Stride * sizeof(float);
            Buffer.MemoryCopy(part.Pointer, matrix.RowPointer(row), bytes, bytes);
            row += some;
            part.Dispose();
        }

        _parts.Clear();
        return matrix;
    }

    public void Dispose()
    {
        foreach (AlignedMatrix part in _parts)
            part.Dispose();
        _parts.Clear();
    }
}
