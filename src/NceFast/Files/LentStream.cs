namespace NceFast.Files;

/// <summary>Represents the content of a caller's stream from its position on. The caller's stream stays open.</summary>
/// <param name="stream">The caller's stream.</param>
/// <param name="start">Bytes that were read from it before and come first.</param>
internal sealed class LentStream(Stream stream, ReadOnlyMemory<byte> start = default) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _start = start;

    /// <summary>Gets the number of bytes that were read.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int got = Math.Min(buffer.Length, _start.Length);
        if (got > 0)
        {
            _start.Span[..got].CopyTo(buffer);
            _start = _start[got..];
        }
        else
        {
            got = stream.Read(buffer);
        }

        BytesRead += got;
        return got;
    }
}
