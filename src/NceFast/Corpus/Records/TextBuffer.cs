namespace NceFast.Corpus.Records;

/// <summary>Represents bytes that are appended at the end and taken from the start. It grows when necessary.</summary>
internal sealed class TextBuffer
{
    private byte[] _bytes = new byte[TextInput.ReadBytes];
    private int _first, _end;

    /// <summary>Gets the number of bytes.</summary>
    public int Length => _end - _first;

    /// <summary>Gets the bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_first, Length);

    /// <summary>Removes bytes from the end, until the given number is left.</summary>
    public void Truncate(int length) => _end = _first + length;

    /// <summary>Removes all bytes.</summary>
    public void Clear() => _first = _end = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _end += bytes.Length;
    }

    /// <summary>Appends a byte.</summary>
    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        _end++;
    }

    /// <summary>Removes bytes from the start.</summary>
    /// <param name="buffer">Receives the bytes.</param>
    /// <returns>The number of bytes.</returns>
    public int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, Length);
        _bytes.AsSpan(_first, count).CopyTo(buffer);
        _first += count;
        if (_first == _end)
            Clear();
        return count;
    }

    private Span<byte> Reserve(int count)
    {
        if (_bytes.Length - _end < count)
        {
            byte[] target = Length + count <= _bytes.Length ? _bytes : new byte[Math.Max(2L * _bytes.Length, Length + (long)count)];
            Bytes.CopyTo(target);
            (_bytes, _end, _first) = (target, Length, 0);
        }

        return _bytes.AsSpan(_end);
    }
}
