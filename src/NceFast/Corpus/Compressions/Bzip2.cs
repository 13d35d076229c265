using Microsoft.Win32.SafeHandles;
using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using static NceFast.Corpus.Signature;

namespace NceFast.Corpus.Compressions;

/// <summary>The compression of bzip2 and pbzip2.</summary>
internal sealed class Bzip2() : CompressionFormat("bzip2", [".bz2"], [Block, Empty])
{
    // "BZh", the size of the blocks, and the first six bytes of a block or of the end.
    private static readonly Signature Block = new([0x42, 0x5A, 0x68, AnyByte, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]);
    private static readonly Signature Empty = new([0x42, 0x5A, 0x68, AnyByte, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90]);

    /// <inheritdoc/>
    public override DecodingStream Open(Stream stored, string source, long start = 0) =>
        new DecompressedStream(stored, source, start, this, bytes => BZip2Stream.Create(bytes, CompressionMode.Decompress, decompressConcatenated: true));

    /// <inheritdoc/>
    public override long FindMember(SafeFileHandle file, long length, long start) => MemberSearch.Find(file, length, start, Block, (_, _) => true);
}
