namespace NceFast.Tests.Corpus;

/// <summary>
/// Returns only a few bytes per read, as a pipe may, so that a read ends at every position of a text at some time.
/// </summary>
internal sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
{
    private readonly Random _random = new(bytes.Length);

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, _random.Next(1, 40))]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
