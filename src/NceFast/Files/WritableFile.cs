using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>Represents an open file without a buffer whose changes are announced to <see cref="FileActions.Hook"/>.</summary>
internal sealed class WritableFile(FileStream file, string path) : Stream
{
    public override bool CanRead => file.CanRead;

    public override bool CanSeek => file.CanSeek;

    public override bool CanWrite => file.CanWrite;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <summary>Gets the handle, for reading.</summary>
    public SafeFileHandle Handle => file.SafeFileHandle;

    public override int Read(Span<byte> buffer) => file.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Before(FileActionKind.Write, CanSeek ? Position : 0, buffer);
        file.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Writes bytes at a byte position; several threads may do so at once.</summary>
    public void WriteAt(ReadOnlySpan<byte> bytes, long position)
    {
        Before(FileActionKind.Write, position, bytes);
        RandomAccess.Write(Handle, bytes, position);
    }

    public override void SetLength(long value)
    {
        Before(FileActionKind.SetLength, value, default);
        file.SetLength(value);
    }

    /// <summary>Does nothing, because there is no buffer.</summary>
    public override void Flush()
    {
    }

    /// <summary>Waits until the content is on the disk.</summary>
    public void FlushToDisk()
    {
        Before(FileActionKind.Flush, 0, default);
        file.Flush(flushToDisk: true);
    }

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private void Before(FileActionKind kind, long position, ReadOnlySpan<byte> data) =>
        FileActions.Before(new FileAction(kind, path) { Handle = Handle, Position = position }, data);
}
