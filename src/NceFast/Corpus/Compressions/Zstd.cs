using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace NceFast.Corpus.Compressions;

/// <summary>The compression of zstd (RFC 8878), with windows of up to 2 GiB.</summary>
internal sealed class Zstd() : CompressionFormat("zstd", [".zst", ".zstd"], [new Signature([0x28, 0xB5, 0x2F, 0xFD]), .. SkippableFrames])
{
    private const int LongestWindow = 31, LongestHeader = 18;
    private const uint Magic = 0xFD2FB528, SkippableMagic = 0x184D2A50;
    private static readonly IEnumerable<Signature> SkippableFrames = Enumerable.Range(0, 16).Select(i => new Signature([0x50 + i, 0x2A, 0x4D, 0x18]));

    /// <inheritdoc/>
    public override DecodingStream Open(Stream stored, string source, long start = 0) => new DecompressedStream(stored, source, start, this, bytes =>
    {
        var stream = new DecompressionStream(bytes, TextInput.ReadBytes);
        stream.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LongestWindow);
        return stream;
    });

    /// <inheritdoc/>
    /// <remarks>The sizes of frames and blocks are in their headers, so that the frames are found without decompressing them.</remarks>
    public override long FindMember(SafeFileHandle file, long length, long start)
    {
        Span<byte> bytes = stackalloc byte[LongestHeader];
        long position = start;
        while (position < start + MemberSearch.LeastBytes)
        {
            int read = RandomAccess.Read(file, bytes, position);
            position = FrameEnd(file, bytes[..read], position, start + MemberSearch.MostBytes);
            if (position < 0 || position >= length)
                return length;
        }

        return position;
    }

    // Returns -1 where the header is invalid, or where the frame extends beyond the limit. The decompression reports errors.
    private static long FrameEnd(SafeFileHandle file, ReadOnlySpan<byte> header, long position, long limit)
    {
        if (header.Length < 9)
            return -1;
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if ((magic & 0xFFFFFFF0) == SkippableMagic)
            return position + 8 + BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (magic != Magic)
            return -1;
        int descriptor = header[4];
        bool isSingle = (descriptor & 0x20) != 0, hasChecksum = (descriptor & 4) != 0;
        int sizeBytes = (descriptor >> 6) switch { 0 => isSingle ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        int dictionaryBytes = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        long end = BlocksEnd(file, position + 5 + (isSingle ? 0 : 1) + dictionaryBytes + sizeBytes, limit);
        return end < 0 ? -1 : end + (hasChecksum ? 4 : 0);
    }

    private static long BlocksEnd(SafeFileHandle file, long position, long limit)
    {
        const int HeaderBytes = 3, RepeatedByte = 1, Reserved = 3;
        Span<byte> bytes = stackalloc byte[HeaderBytes];
        while (position < limit && RandomAccess.Read(file, bytes, position) == HeaderBytes)
        {
            int header = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16), type = (header >> 1) & 3;
            if (type == Reserved)
                return -1;
            position += HeaderBytes + (type == RepeatedByte ? 1 : header >> 3);
            if ((header & 1) != 0)
                return position;
        }

        return -1;
    }
}
