using NceFast.Corpus;
using ParquetSharp;

namespace NceFast.Parquet;

/// <summary>Represents the text of one row group: for each row, the columns in their order, each string followed by a line feed.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="place">The place of the row group in messages.</param>
/// <param name="group">The row group, which this stream disposes.</param>
/// <param name="columns">The columns.</param>
/// <param name="stored">The range of stored bytes that counts as this row group.</param>
internal sealed unsafe class RowGroupText(string path, string place, RowGroupReader group, TextColumn[] columns, (long Start, long End) stored) : DecodingStream
{
    private readonly ColumnCursor[] _cursors = new ColumnCursor[columns.Length];
    private readonly long _rows = group.MetaData.NumRows;
    private byte* _text;
    private long _row;
    private int _textBytes, _cursor;
    private bool _isWithinRow, _needsLineFeed, _isDisposed;

    /// <inheritdoc/>
    /// <remarks>The position is the share of the rows, because pages do not report theirs.</remarks>
    public override long StoredPosition => _rows <= 0 ? stored.End : stored.Start + (long)((stored.End - stored.Start) * ((double)_row / _rows));

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            return ReadRows(buffer);
        }
        catch (Exception e) when (ParquetError.IsOfFile(e))
        {
            throw ParquetError.Of(path, place, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            foreach (ColumnCursor? cursor in _cursors)
                cursor?.Dispose();
            group.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadRows(Span<byte> buffer)
    {
        int written = 0;
        while (written < buffer.Length)
        {
            if (_textBytes > 0)
            {
                int copied = Math.Min(_textBytes, buffer.Length - written);
                new ReadOnlySpan<byte>(_text, copied).CopyTo(buffer[written..]);
                _text += copied;
                _textBytes -= copied;
                written += copied;
            }
            else if (_needsLineFeed)
            {
                buffer[written++] = (byte)'\n';
                _needsLineFeed = false;
            }
            else if (!TryNext())
            {
                break;
            }
        }

        return written;
    }

    private bool TryNext()
    {
        for (; _row < _rows; _row++)
        {
            for (; _cursor < _cursors.Length; _cursor++)
            {
                _cursors[_cursor] ??= new ColumnCursor(group, columns[_cursor]);
                if (_cursors[_cursor].TryNext(ref _isWithinRow, out ByteArray text))
                {
                    _text = (byte*)text.Pointer;
                    _textBytes = text.Length;
                    _needsLineFeed = true;
                    return true;
                }

                _isWithinRow = false;
            }

            _cursor = 0;
        }

        foreach (ColumnCursor cursor in _cursors)
            cursor?.EnsureEnd();
        return false;
    }
}
