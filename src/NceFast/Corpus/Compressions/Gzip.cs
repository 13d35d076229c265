using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus.Compressions;

/// <summary>The compression of gzip and pigz (RFC 1952).</summary>
internal sealed class Gzip() : CompressionFormat("gzip", [".gz"], [new Signature([0x1F, 0x8B])])
{
    private const int HeaderBytes = 10, TrialBytes = 64 * 1024;
    private static readonly Signature Header = new([0x1F, 0x8B, 8]);

    /// <inheritdoc/>
    public override DecodingStream Open(Stream stored, string source, long start = 0) => new GzipTextStream(stored, source, this, start);

    /// <inheritdoc/>
    public override long FindMember(SafeFileHandle file, long length, long start) => MemberSearch.Find(file, length, start, Header, IsMember);

    // Compressed data contains the bytes of a header by chance. The other fields of the header are checked, and the first bytes are
    // decompressed, because random bytes are hardly ever valid compressed data.
    private static bool IsMember(SafeFileHandle file, long position)
    {
        byte[] bytes = new byte[TrialBytes];
        int read = RandomAccess.Read(file, bytes, position);
        if (read < HeaderBytes || (bytes[3] & 0xE0) != 0 || bytes[8] is not (0 or 2 or 4) || (bytes[9] > 13 && bytes[9] != 255))
            return false;
        try
        {
            using var trial = new GZipStream(new MemoryStream(bytes, 0, read), CompressionMode.Decompress);
            return trial.ReadAtLeast(new byte[HeaderBytes], HeaderBytes, throwOnEndOfStream: false) >= 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
