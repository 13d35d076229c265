using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>Reads one shard of a file at explicit byte positions, so that any number of shards can share a file handle.</summary>
internal sealed class ShardStream(SafeFileHandle handle, string path, ShardRange shard, long fileEnd) : Stream
{
    private long _position = shard.Start;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, shard.End - _position);
        if (wanted <= 0)
            return 0;
        int read = RandomAccess.Read(handle, buffer[..wanted], _position);
        if (read == 0)
            throw PlainFile.Shrunk(path, _position, fileEnd);
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
