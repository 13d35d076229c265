using NceFast.Files;

namespace NceFast.Corpus.Compressions;

/// <summary>Buffers compressed bytes, counts those that were used, and remembers a failure to read them.</summary>
/// <param name="inner">The compressed bytes.</param>
/// <param name="start">The position in the file of the first byte.</param>
internal sealed class StoredBytes(Stream inner, long start) : ReadOnlyStream
{
    private readonly byte[] _buffer = new byte[TextInput.ReadBytes];
    private int _first, _count;
    private long _used;

    /// <summary>Gets the position in the file after the last byte that was used.</summary>
    public long Consumed => start + _used;

    /// <summary>Gets the number of bytes that were used. The decompression of xz needs it, because its blocks are aligned.</summary>
    public override long Position { get => _used; set => throw new NotSupportedException(); }

    /// <summary>Gets whether all bytes were used and no byte follows.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>Gets the failure to read the stored bytes; null when there was none.</summary>
    public Exception? Failure { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || !Fill())
            return 0;
        int given = Math.Min(buffer.Length, _count);
        _buffer.AsSpan(_first, given).CopyTo(buffer);
        Use(given);
        return given;
    }

    public override int ReadByte()
    {
        if (_count == 0 && !Fill())
            return -1;
        byte next = _buffer[_first];
        Use(1);
        return next;
    }

    /// <summary>Returns the next byte without using it; -1 at the end.</summary>
    public int Peek() => Fill() ? _buffer[_first] : -1;

    private void Use(int count)
    {
        _first += count;
        _count -= count;
        _used += count;
    }

    private bool Fill()
    {
        if (_count > 0)
            return true;
        try
        {
            (_first, _count) = (0, inner.Read(_buffer));
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }

        AtEnd = _count == 0;
        return !AtEnd;
    }
}
