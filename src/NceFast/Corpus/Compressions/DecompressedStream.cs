namespace NceFast.Corpus.Compressions;

/// <summary>Decompresses with a stream of a library, and converts every failure of that library to an error with a place.</summary>
/// <param name="stored">The compressed bytes, which this stream disposes.</param>
/// <param name="source">The name of the file in messages.</param>
/// <param name="start">The position in the file of the first compressed byte.</param>
/// <param name="format">The compression.</param>
/// <param name="open">Opens the stream of the library.</param>
internal sealed class DecompressedStream(Stream stored, string source, long start, CompressionFormat format, Func<Stream, Stream> open) : DecodingStream
{
    private readonly StoredBytes _stored = new(stored, start);
    private Stream? _decoder;

    /// <inheritdoc/>
    public override long StoredPosition => _stored.Consumed;

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        try
        {
            _decoder ??= open(_stored);
            return _decoder.Read(buffer);
        }
        catch (Exception e) when (e is not (NceFastException or OperationCanceledException or OutOfMemoryException) && _stored.Failure is null)
        {
            // The libraries fail with many types of exceptions when data is damaged.
            throw _stored.AtEnd ? format.Cut(source, _stored.Consumed, e) : format.Damaged(source, _stored.Consumed, e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder?.Dispose();
            stored.Dispose();
        }

        base.Dispose(disposing);
    }
}
