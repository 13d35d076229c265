namespace NceFast.Files;

/// <summary>Represents a forward-only stream whose failed writes become output errors with the path and the sizes.</summary>
internal sealed class OutputStream(WritableFile file, string path, string target, long expected) : Stream
{
    private readonly BufferedStream _buffer = new(file, 1 << 17);
    private long _written;
    private bool _closed;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => !_closed;

    public override long Length => _written;

    public override long Position
    {
        get => _written;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        try
        {
            _buffer.Write(buffer);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw Failure(e);
        }

        _written += buffer.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    public override void Flush() => Guarded(flushToDisk: false);

    /// <summary>Waits until the bytes are on the disk.</summary>
    public void FlushToDisk() => Guarded(flushToDisk: true);

    /// <summary>Closes the file without reporting a failure to write buffered bytes.</summary>
    public void Abandon()
    {
        try
        {
            Dispose();
        }
        catch (NceFastException)
        {
            // The buffered bytes do not fit, and they are not needed.
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_closed)
            return;
        _closed = true;
        try
        {
            _buffer.Dispose();
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw Failure(e);
        }

        base.Dispose(disposing);
    }

    private void Guarded(bool flushToDisk)
    {
        if (_closed)
            return;
        try
        {
            _buffer.Flush();
            if (flushToDisk)
                file.FlushToDisk();
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw Failure(e);
        }
    }

    private NceFastException Failure(Exception cause) => OutputPath.Failure(path, target, expected, _written, cause);
}
