using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Kernels.LanguageModels;

namespace NceFast.Kernels;

/// <summary>A matrix of rows in units of four columns, as a tiled product reads it; zero outside its bounds.</summary>
internal interface IOperand
{
    /// <summary>Columns 4 * unit to 4 * unit + 3 of a row.</summary>
    Float4 At(int row, int unit);
}

/// <summary>Rows one after the other.</summary>
internal struct PlainRows : IOperand
{
    private readonly ArrayView<Float4> _data;
    private readonly int _count, _columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlainRows(ArrayView<Float4> data, long first, int count, int columns)
    {
        _data = data.SubView(first * columns, (long)count * columns);
        _count = count;
        _columns = columns;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 At(int row, int unit)
    {
        Float4 value = default;
        if (row < _count && unit < _columns)
            value = _data[((long)row * _columns) + unit];
        return value;
    }
}

/// <summary>Rows of a table that a list of words names.</summary>
internal struct WordRows : IOperand
{
    private readonly ArrayView<Float4> _table;
    private readonly ArrayView<int> _words;
    private readonly int _count, _columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public WordRows(ArrayView<Float4> table, ArrayView<int> words, int count, int columns)
    {
        _table = table;
        _words = words;
        _count = count;
        _columns = columns;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 At(int row, int unit)
    {
        Float4 value = default;
        if (row < _count && unit < _columns)
            value = _table[((long)_words[row] * _columns) + unit];
        return value;
    }
}

/// <summary>Context rows that the predictions of a batch have at one place.</summary>
internal struct PlaceRows : IOperand
{
    private readonly ArrayView<Float4> _table;
    private readonly ArrayView<int> _stream, _targets;
    private readonly int _offset, _count, _columns;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlaceRows(LanguageModelArguments a, int place)
    {
        _table = a.Model.Context;
        _stream = a.Batch.Stream;
        _targets = a.Batch.Targets;
        _offset = place < a.Model.Before ? place - a.Model.Before : place - a.Model.Before + 1;
        _count = a.Batch.Count;
        _columns = a.Model.Columns;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 At(int row, int unit)
    {
        Float4 value = default;
        if (row < _count && unit < _columns)
            value = _table[((long)_stream[_targets[row] + _offset] * _columns) + unit];
        return value;
    }
}

/// <summary>Four rows of four columns: what a thread holds of a product, in registers.</summary>
internal struct MicroTile
{
    public Float4 R0, R1, R2, R3;
}

/// <summary>
/// Products of matrices by tiles: a group of side x side threads makes a tile of 4 side x 4 side, each thread 4 x 4 of it in
/// registers, from slices of <see cref="Depth"/> that lie in shared memory. All threads of a group call each function.
/// </summary>
internal static class TiledProduct
{
    /// <summary>Inner length of a slice.</summary>
    public const int Depth = 16;

    /// <summary>The maximum number of threads along a side.</summary>
    public const int MaxSide = 16;

    /// <summary>Units of shared memory for one operand; a line has one unit more, so that transposing writes meet fewer banks twice.</summary>
    public const int SliceUnits = Depth * (MaxSide + 1);

    /// <summary>sum + A B for the calling thread's part of one tile.</summary>
    /// <param name="sum">What is added to.</param>
    /// <param name="a">A; its rows are the product's rows when <paramref name="aAlongInner"/>, else the inner index.</param>
    /// <param name="aAlongInner">Whether A's rows run along the inner index.</param>
    /// <param name="b">B; its rows are the product's columns when <paramref name="bAlongInner"/>, else the inner index.</param>
    /// <param name="bAlongInner">Whether B's rows run along the inner index.</param>
    /// <param name="row">First row of the tile, a multiple of 4.</param>
    /// <param name="column">First column of the tile, a multiple of 4.</param>
    /// <param name="inner">Inner length; operands give zero beyond it.</param>
    /// <param name="side">Threads along a side.</param>
    /// <param name="left">Shared memory: <c>[SliceUnits]</c>.</param>
    /// <param name="right">Shared memory: <c>[SliceUnits]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MicroTile Add<TA, TB>(
        MicroTile sum, TA a, bool aAlongInner, TB b, bool bAlongInner, int row, int column, int inner, int side, ArrayView<Float4> left, ArrayView<Float4> right)
        where TA : struct, IOperand
        where TB : struct, IOperand
    {
        int y = Group.IdxX / side, x = Group.IdxX - (y * side), pitch = side + 1;
        for (int from = 0; from < inner; from += Depth)
        {
            if (aAlongInner)
                StageAcross(a, row, from, side, left);
            else
                StageAlong(a, row, from, side, left);
            if (bAlongInner)
                StageAcross(b, column, from, side, right);
            else
                StageAlong(b, column, from, side, right);
            Group.Barrier();
            for (int k = 0; k < Depth; k++)
            {
                Float4 l = left[(k * pitch) + y], r = right[(k * pitch) + x];
                sum.R0 = sum.R0.Plus(l.X, r);
                sum.R1 = sum.R1.Plus(l.Y, r);
                sum.R2 = sum.R2.Plus(l.Z, r);
                sum.R3 = sum.R3.Plus(l.W, r);
            }

            Group.Barrier();
        }

        return sum;
    }

    /// <summary>A thread's part of rows one after the other; 0 beyond them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MicroTile Load(ArrayView<Float4> from, long first, int count, int columns, int row, int column, int side)
    {
        int y = Group.IdxX / side, unit = (column / 4) + Group.IdxX - (y * side);
        var rows = new PlainRows(from, first, count, columns);
        row += 4 * y;
        MicroTile tile = default;
        tile.R0 = rows.At(row, unit);
        tile.R1 = rows.At(row + 1, unit);
        tile.R2 = rows.At(row + 2, unit);
        tile.R3 = rows.At(row + 3, unit);
        return tile;
    }

    /// <summary>Stores a thread's part into rows one after the other, as far as they reach.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(MicroTile tile, ArrayView<Float4> to, long first, int count, int columns, int row, int column, int side)
    {
        int y = Group.IdxX / side, unit = (column / 4) + Group.IdxX - (y * side);
        row += 4 * y;
        if (unit >= columns)
            return;
        long at = ((first + row) * columns) + unit;
        if (row < count)
            to[at] = tile.R0;
        if (row + 1 < count)
            to[at + columns] = tile.R1;
        if (row + 2 < count)
            to[at + (2L * columns)] = tile.R2;
        if (row + 3 < count)
            to[at + (3L * columns)] = tile.R3;
    }

    // The operand's rows run along the slice's lines: units are copied as they are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StageAlong<T>(T operand, int line, int from, int side, ArrayView<Float4> to)
        where T : struct, IOperand
    {
        for (int u = Group.IdxX; u < Depth * side; u += Group.DimX)
        {
            int k = u / side, unit = u - (k * side);
            to[(k * (side + 1)) + unit] = operand.At(from + k, (line / 4) + unit);
        }
    }

    // The operand's rows run across the slice's lines: a unit's four values go to four lines.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StageAcross<T>(T operand, int line, int from, int side, ArrayView<Float4> to)
        where T : struct, IOperand
    {
        ArrayView<float> cells = to.Cast<float>();
        int pitch = 4 * (side + 1);
        for (int u = Group.IdxX; u < Depth * side; u += Group.DimX)
        {
            int row = u / (Depth / 4), unit = u - (row * (Depth / 4)), at = (unit * 4 * pitch) + row;
            Float4 value = operand.At(line + row, (from / 4) + unit);
            cells[at] = value.X;
            cells[at + pitch] = value.Y;
            cells[at + (2 * pitch)] = value.Z;
            cells[at + (3 * pitch)] = value.W;
        }
    }
}
