using System.Buffers;

namespace NceFast.Corpus.Records;

/// <summary>
/// Reads the text of records that are lines or groups of lines. A derived class finds the end of a record and takes out its text. No
/// record is converted to a string, and nothing is allocated per record.
/// </summary>
/// <param name="source">The bytes of the records, which this stream disposes.</param>
/// <param name="stored">The stream that knows the position in the stored bytes; null if <paramref name="source"/> is not decoded.</param>
/// <param name="name">The name of the file in messages.</param>
/// <param name="reading">Receives malformed records.</param>
internal abstract class RecordStream(Stream source, DecodingStream? stored, string name, TextReading reading) : DecodingStream
{
    /// <summary>The length of the longest record in bytes. A longer one is malformed.</summary>
    public const int MaxRecordBytes = 64 << 20;

    private readonly TextBuffer _text = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4 * TextInput.ReadBytes);
    private int _first, _end, _searched;
    private long _line = 1, _position;
    private bool _ended, _skipping;

    /// <inheritdoc/>
    public override long StoredPosition => stored?.StoredPosition ?? _position;

    /// <summary>Gets the name of the file in messages.</summary>
    protected string Name => name;

    /// <summary>Opens the records of a stream in the format that the options name.</summary>
    /// <param name="input">The stream.</param>
    /// <param name="decoding">The same stream as a decoding stream, if it is one; otherwise null.</param>
    /// <param name="name">The name in messages. Its ending decides between tabs and commas.</param>
    /// <param name="reading">The options, which name fields or a column.</param>
    /// <exception cref="NceFastException">The stream is in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static RecordStream Open(PeekableInput input, DecodingStream? decoding, string name, TextReading reading)
    {
        byte[] head = input.Peek();
        if (reading.Options.Fields.Count > 0 && reading.Options.RecordFiles.FirstOrDefault(format => format.Recognises(head)) is { } format)
            throw new NceFastException(ErrorKind.Input, $"{name} contains {format.Name} data in a stream or within a compression; it can be read only from a file of its own, so store it in one.");
        ContentKind.Refuse(name, head);
        input.Skip(ContentKind.Utf8Mark(head));
        Stream bytes = input.Pipe.AsStream();
        if (reading.Options.Column is { } column)
            return new TableStream(bytes, decoding, name, reading, column);
        JsonLinesStream.EnsureLines(name, head);
        return new JsonLinesStream(bytes, decoding, name, reading);
    }

    public sealed override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        while (_text.Length == 0 && TryReadRecord(out ReadOnlySpan<byte> record, out long line))
            Add(record, line);
        return _text.Take(buffer);
    }

    /// <summary>Finds the end of the first record.</summary>
    /// <param name="bytes">The bytes from the start of the record on.</param>
    /// <param name="searched">The number of bytes that an earlier call has examined; 0 in the first call for a record.</param>
    /// <returns>The index of the line feed that ends the record; -1 when it is not among these bytes.</returns>
    protected abstract int FindEnd(ReadOnlySpan<byte> bytes, int searched);

    /// <summary>Appends the text of a record, each string with a line feed after it.</summary>
    /// <param name="record">The record, without the line feed at its end.</param>
    /// <param name="text">Receives the text. What was appended is removed again when the record is malformed.</param>
    /// <returns>What is wrong with the record, as a sentence; null when it is right.</returns>
    protected abstract string? Extract(ReadOnlySpan<byte> record, TextBuffer text);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
            if (_buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        base.Dispose(disposing);
    }

    private void Add(ReadOnlySpan<byte> record, long line)
    {
        int before = _text.Length;
        if (record.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r') < 0 || Extract(record, _text) is not { } wrong)
            return;
        _text.Truncate(before);
        Report(line, wrong);
    }

    private void Report(long line, string wrong) => reading.Records.Add(reading.Item, name, line, wrong, reading.Options.MaxBadRecords);

    private bool TryReadRecord(out ReadOnlySpan<byte> record, out long line)
    {
        while (true)
        {
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(_first, _end - _first);
            int end = _skipping ? bytes.IndexOf((byte)'\n') : FindEnd(bytes, _searched);
            line = _line;
            if (end >= 0 || (_ended && bytes.Length > 0))
            {
                record = bytes[..(end < 0 ? bytes.Length : end)];
                int used = Math.Min(bytes.Length, record.Length + 1);
                _line += bytes[..used].Count((byte)'\n');
                (_first, _searched) = (_first + used, 0);
                if (!_skipping)
                    return true;
                _skipping = false;
                continue;
            }

            if (_ended)
            {
                record = default;
                return false;
            }

            _searched = bytes.Length;
            if (_skipping || bytes.Length >= MaxRecordBytes)
                SkipOverlong();
            Fill();
        }
    }

    private void SkipOverlong()
    {
        if (!_skipping)
            Report(_line, FormattableString.Invariant($"the record is longer than {MaxRecordBytes:N0} bytes{OverlongHint}."));
        _line += _buffer.AsSpan(_first, _end - _first).Count((byte)'\n');
        (_first, _end, _searched, _skipping) = (0, 0, 0, true);
    }

    /// <summary>Gets the end of the message about a record that is too long.</summary>
    protected virtual string OverlongHint => "";

    private void Fill()
    {
        if (_first > 0)
        {
            _buffer.AsSpan(_first, _end - _first).CopyTo(_buffer);
            (_first, _end) = (0, _end - _first);
        }

        if (_end == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
            _buffer.CopyTo(larger, 0);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        int read = source.Read(_buffer.AsSpan(_end));
        _end += read;
        _position += read;
        _ended = read == 0;
    }
}
