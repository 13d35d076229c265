using System.Globalization;
using System.Text;

namespace NceFast.Corpus.Records;

/// <summary>
/// Takes one column out of a table: columns separated by tabs (TSV), or by another character with quoted values (CSV, RFC 4180).
/// </summary>
internal sealed class TableStream : RecordStream
{
    private const byte Quote = (byte)'"', Tab = (byte)'\t';
    private readonly byte _separator;
    private readonly string? _column;
    private readonly TextBuffer _value = new();
    private int _index;
    private bool _isQuoted;

    /// <summary>Starts reading.</summary>
    /// <param name="source">The table, which this stream disposes.</param>
    /// <param name="stored">The stream that knows the position in the stored bytes; null if <paramref name="source"/> is not decoded.</param>
    /// <param name="name">The name of the file in messages. Its ending decides the separator.</param>
    /// <param name="reading">The options and the count of malformed records.</param>
    /// <param name="column">The column: its number from 1, or its name in the first line.</param>
    public TableStream(Stream source, DecodingStream? stored, string name, TextReading reading, string column)
        : base(source, stored, name, reading)
    {
        _separator = (byte)(reading.Options.ColumnSeparator ?? (IsCsv(name) ? ',' : '\t'));
        if (int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0)
            _index = number - 1;
        else
            (_column, _index) = (column, -1);
    }

    /// <inheritdoc/>
    protected override string OverlongHint => _separator == Tab ? "" : "; perhaps a quotation mark is not closed";

    // A record ends at a line feed that is not between quotation marks. Quotation marks within a value are doubled.
    protected override int FindEnd(ReadOnlySpan<byte> bytes, int searched)
    {
        if (searched == 0)
            _isQuoted = false;
        for (int at = searched; at < bytes.Length; at++)
        {
            int found = _separator == Tab ? bytes[at..].IndexOf((byte)'\n') : _isQuoted ? bytes[at..].IndexOf(Quote) : bytes[at..].IndexOfAny((byte)'\n', Quote);
            if (found < 0)
                return -1;
            at += found;
            if (bytes[at] == (byte)'\n')
                return at;
            _isQuoted = !_isQuoted;
        }

        return -1;
    }

    /// <inheritdoc/>
    protected override string? Extract(ReadOnlySpan<byte> record, TextBuffer text)
    {
        record = record.EndsWith("\r"u8) ? record[..^1] : record;
        if (_index < 0)
        {
            FindColumn(record);
            return null;
        }

        int column = 0;
        for (bool isLast = false; !isLast; column++)
        {
            if (!TryTakeValue(ref record, out isLast, column == _index))
                return $"a quotation mark in column {column + 1} is not followed by a separator; a quotation mark within a quoted value must be doubled.";
            if (column != _index)
                continue;
            text.Append(_value.Bytes);
            text.Append((byte)'\n');
            return null;
        }

        return $"the line has {column} column{(column == 1 ? "" : "s")}, and column {_index + 1} is wanted.";
    }

    private static bool IsCsv(string name)
    {
        Compression.NamedBy(name, out string plain);
        return plain.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);
    }

    private void FindColumn(ReadOnlySpan<byte> header)
    {
        var names = new List<string>();
        for (bool isLast = false; !isLast;)
        {
            if (!TryTakeValue(ref header, out isLast, true))
                break;
            names.Add(Encoding.UTF8.GetString(_value.Bytes).Trim());
        }

        _index = names.IndexOf(_column!);
        if (_index < 0)
            throw new NceFastException(ErrorKind.Input, $"{Name} has no column '{_column}'; its first line names {string.Join(", ", names.Take(20).Select(n => $"'{n}'"))} (separated by {(_separator == Tab ? "tabs" : $"'{(char)_separator}'")}). Name one of them, or give the number of the column.");
    }

    private bool TryTakeValue(ref ReadOnlySpan<byte> rest, out bool isLast, bool isWanted)
    {
        _value.Clear();
        if (_separator != Tab && rest.StartsWith("\""u8))
            return TryTakeQuoted(ref rest, out isLast);
        int end = rest.IndexOf(_separator);
        isLast = end < 0;
        if (isWanted)
            _value.Append(isLast ? rest : rest[..end]);
        rest = isLast ? default : rest[(end + 1)..];
        return true;
    }

    private bool TryTakeQuoted(ref ReadOnlySpan<byte> rest, out bool isLast)
    {
        rest = rest[1..];
        isLast = true;
        while (true)
        {
            int end = rest.IndexOf(Quote);
            if (end < 0)
                return false;
            _value.Append(rest[..end]);
            rest = rest[(end + 1)..];
            isLast = rest.IsEmpty;
            if (isLast)
                return true;
            byte next = rest[0];
            rest = rest[1..];
            if (next == _separator)
                return true;
            if (next != Quote)
                return false;
            _value.Append(Quote);
        }
    }
}
