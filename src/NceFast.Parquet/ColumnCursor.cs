using ParquetSharp;

namespace NceFast.Parquet;

/// <summary>Reads the strings of a column of one row group in their order. A string remains in the memory of the library.</summary>
internal sealed class ColumnCursor : IDisposable
{
    private const int BatchEntries = 1024;

    private readonly TextColumn _column;
    private readonly ColumnReader<ByteArray> _reader;
    private readonly ByteArray[] _values = new ByteArray[BatchEntries];
    private readonly short[] _definitions, _repetitions;
    private int _entry, _entries, _value;

    public ColumnCursor(RowGroupReader group, TextColumn column)
    {
        _column = column;
        _definitions = new short[column.DefinitionLevel > 0 ? BatchEntries : 0];
        _repetitions = new short[column.RepetitionLevel > 0 ? BatchEntries : 0];
        _reader = (ColumnReader<ByteArray>)group.Column(column.Index);
    }

    /// <summary>Returns the next string of a row.</summary>
    /// <param name="isWithinRow">Whether the row has begun; the cursor sets it.</param>
    /// <param name="text">The string, which is valid until the next call; empty for null.</param>
    /// <returns>False when the row has no further string.</returns>
    /// <exception cref="InvalidDataException">The column ends before the row, or its levels contradict each other.</exception>
    public bool TryNext(ref bool isWithinRow, out ByteArray text)
    {
        text = default;
        while (true)
        {
            if (isWithinRow && _column.RepetitionLevel == 0)
                return false;
            if (_entry == _entries && !TryFill())
                return isWithinRow ? false : throw new InvalidDataException($"the column '{_column.Name}' has fewer rows than the row group");
            bool isFirst = _column.RepetitionLevel == 0 || _repetitions[_entry] == 0;
            if (isFirst && isWithinRow)
                return false;
            if (!isFirst && !isWithinRow)
                throw new InvalidDataException($"a row of the column '{_column.Name}' begins within a list");
            isWithinRow = true;
            short level = _column.DefinitionLevel == 0 ? (short)0 : _definitions[_entry];
            _entry++;
            if (level == _column.DefinitionLevel)
                text = _values[_value++];
            if (level >= _column.ElementLevel)
                return true;
        }
    }

    /// <summary>Throws unless the column has been read to its end.</summary>
    /// <exception cref="InvalidDataException">The column has more rows.</exception>
    public void EnsureEnd()
    {
        if (_entry < _entries || TryFill())
            throw new InvalidDataException($"the column '{_column.Name}' has more rows than the row group");
    }

    public void Dispose() => _reader.Dispose();

    private bool TryFill()
    {
        if (!_reader.HasNext)
            return false;
        long entries = _reader.ReadBatch(BatchEntries, _definitions, _repetitions, _values, out long values);
        // The values beyond those that were read are of an earlier batch, whose memory may have been released.
        long expected = _column.DefinitionLevel == 0 ? entries : _definitions.AsSpan(0, (int)entries).Count(_column.DefinitionLevel);
        if (entries <= 0 || values != expected)
            throw new InvalidDataException($"a page of the column '{_column.Name}' ends early");
        (_entry, _entries, _value) = (0, (int)entries, 0);
        return true;
    }
}
