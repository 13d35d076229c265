using NceFast.Corpus;
using ParquetSharp;

namespace NceFast.Parquet;

/// <summary>Represents the text of a Parquet file. Row groups are decoded one after the other, or several at the same time.</summary>
internal sealed class ParquetText : DecodingStream
{
    // Without a buffer, the library reads all pages of a column in a row group at once, which may be gigabytes.
    private const int BufferBytes = 1 << 20;

    private readonly string _path;
    private readonly ParquetFileReader _file;
    private readonly TextColumn[] _columns = [];
    private readonly ConcurrentParts? _parts;
    private readonly long _length, _rows;
    private readonly int _groups;
    private RowGroupText? _current;
    private long _position, _openedRows;
    private int _openedGroups;
    private bool _isDisposed;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fields">The columns.</param>
    /// <param name="partsAtOnce">The largest number of row groups that are decoded at the same time.</param>
    /// <exception cref="NceFastException">The file is damaged or has no such column (<see cref="ErrorKind.Input"/>).</exception>
    public ParquetText(string path, IReadOnlyList<string> fields, int partsAtOnce)
    {
        _path = path;
        try
        {
            _length = new FileInfo(path).Length;
            using ReaderProperties properties = ReaderProperties.GetDefaultReaderProperties();
            properties.EnableBufferedStream();
            properties.BufferSize = BufferBytes;
            properties.EnablePageChecksumVerification();
            _file = new ParquetFileReader(path, properties);
            _groups = _file.FileMetaData.NumRowGroups;
            _rows = _file.FileMetaData.NumRows;
            _columns = TextColumn.Find(path, _file.FileMetaData.Schema, fields);
        }
        catch (Exception e)
        {
            _file?.Dispose();
            if (ParquetError.IsOfFile(e))
                throw ParquetError.Of(path, "", e);
            throw;
        }

        if (partsAtOnce > 1 && _groups > 1)
            _parts = new ConcurrentParts(OpenNext, partsAtOnce);
    }

    /// <inheritdoc/>
    public override long StoredPosition => _parts?.StoredPosition ?? _current?.StoredPosition ?? _position;

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_parts is not null)
            return _parts.Read(buffer);
        while (!buffer.IsEmpty)
        {
            _current ??= OpenNext();
            if (_current is null)
                return 0;
            int read = _current.Read(buffer);
            if (read > 0)
                return read;
            _position = _current.StoredPosition;
            _current.Dispose();
            _current = null;
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _parts?.Dispose();
            _current?.Dispose();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    private RowGroupText? OpenNext()
    {
        if (_openedGroups == _groups)
            return null;
        int index = _openedGroups++;
        string place = FormattableString.Invariant($" (row group {index + 1:N0} of {_groups:N0})");
        RowGroupReader? group = null;
        try
        {
            group = _file.RowGroup(index);
            long rows = group.MetaData.NumRows, start = PositionOf(_openedRows);
            if (rows < 0 || rows > _rows - _openedRows)
                throw new InvalidDataException($"the row groups do not have the {_rows} rows of the file");
            _openedRows += rows;
            if (_openedGroups == _groups && _openedRows < _rows)
                throw new InvalidDataException($"the row groups have {_openedRows} of the {_rows} rows of the file");
            return new RowGroupText(_path, place, group, _columns, (start, PositionOf(_openedRows)));
        }
        catch (Exception e)
        {
            group?.Dispose();
            if (ParquetError.IsOfFile(e))
                throw ParquetError.Of(_path, place, e);
            throw;
        }
    }

    private long PositionOf(long rows) => _rows <= 0 ? _length : (long)(_length * ((double)rows / _rows));
}
