using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>
/// A file from one offset onwards, read at explicit places so that any number can share a handle. Reads stop once at
/// the shard's end and are small after it: past the end only the rest of one word is wanted.
/// </summary>
internal sealed class ShardStream(SafeFileHandle handle, string path, long start, long shardEnd, long fileEnd) : Stream
{
    private const int TailRead = 4096;
    private long _position = start;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        long limit = _position < shardEnd ? shardEnd : Math.Min(fileEnd, _position + TailRead);
        int wanted = (int)Math.Min(buffer.Length, limit - _position);
        if (wanted <= 0)
            return 0;
        int read = RandomAccess.Read(handle, buffer[..wanted], _position);
        if (read == 0)
        {
            throw new NceFastException(ErrorKind.Input,
                $"{path} ends at byte {_position:N0} but had {fileEnd:N0} bytes when it was listed; keep corpus files unchanged while they are read.");
        }

        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
