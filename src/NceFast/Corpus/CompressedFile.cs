using Microsoft.Win32.SafeHandles;
using NceFast.Corpus.Compressions;

namespace NceFast.Corpus;

/// <summary>Decompresses a file, several of its members at the same time.</summary>
internal static class CompressedFile
{
    /// <summary>Opens the file.</summary>
    /// <param name="handle">The file. The caller disposes it after the new stream.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="format">The compression.</param>
    /// <param name="atOnce">The largest number of members that are decompressed at the same time.</param>
    public static DecodingStream Open(SafeFileHandle handle, string name, CompressionFormat format, int atOnce)
    {
        long length = RandomAccess.GetLength(handle), start = 0;
        DecodingStream? first = Next();
        if (first is null || start == length)
            return first ?? format.Open(Stream.Null, name);
        return new ConcurrentParts(() => Interlocked.Exchange(ref first, null) ?? Next(), atOnce);

        DecodingStream? Next()
        {
            if (start >= length)
                return null;
            var part = new ShardRange(start, format.FindMember(handle, length, start), false);
            start = part.End;
            return format.Open(new ShardStream(handle, name, part, length), name, part.Start);
        }
    }
}
