using K4os.Compression.LZ4.Streams;

namespace NceFast.Corpus.Compressions;

/// <summary>The frame format of lz4.</summary>
internal sealed class Lz4() : CompressionFormat("lz4", [".lz4"], [new Signature([0x04, 0x22, 0x4D, 0x18])])
{
    /// <inheritdoc/>
    public override DecodingStream Open(Stream stored, string source, long start = 0) =>
        new DecompressedStream(stored, source, start, this, bytes => LZ4Stream.Decode(bytes));
}
