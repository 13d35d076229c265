using Microsoft.Win32.SafeHandles;
using NceFast.Files;

namespace NceFast.Corpus;

/// <summary>Reads one shard of a file at explicit byte positions, so that any number of shards can share a file handle.</summary>
internal sealed class ShardStream(SafeFileHandle handle, string path, ShardRange shard, long fileEnd) : ReadOnlyStream
{
    private long _position = shard.Start;

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, shard.End - _position);
        if (wanted <= 0)
            return 0;
        FileActions.Reading(path);
        int read = RandomAccess.Read(handle, buffer[..wanted], _position);
        if (read == 0)
            throw PlainFile.Shrunk(path, _position, fileEnd);
        _position += read;
        return read;
    }
}
