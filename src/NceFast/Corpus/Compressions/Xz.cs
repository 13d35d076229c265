using SharpCompress.Compressors.Xz;

namespace NceFast.Corpus.Compressions;

/// <summary>The compression of xz.</summary>
internal sealed class Xz() : CompressionFormat("xz", [".xz"], [new Signature([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])])
{
    /// <inheritdoc/>
    public override DecodingStream Open(Stream stored, string source, long start = 0) =>
        new DecompressedStream(stored, source, start, this, bytes => new Streams((StoredBytes)bytes));

    /// <summary>Reads one xz stream after the other. Zero bytes may follow a stream.</summary>
    private sealed class Streams(StoredBytes stored) : Files.ReadOnlyStream
    {
        private XZStream? _current = new(stored);

        public override int Read(Span<byte> buffer)
        {
            while (_current is not null)
            {
                int read = _current.Read(buffer);
                if (read > 0)
                    return read;
                while (stored.Peek() == 0)
                    stored.ReadByte();
                _current = stored.Peek() < 0 ? null : new XZStream(stored);
            }

            return 0;
        }
    }
}
