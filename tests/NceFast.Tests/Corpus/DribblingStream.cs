namespace NceFast.Tests.Corpus;

/// <summary>A stream that gives few bytes at a time, as a pipe may, so that every place of a text is once the end of a read.</summary>
internal sealed class DribblingStream(byte[] bytes) : MemoryStream(bytes)
{
    private readonly Random _random = new(bytes.Length);

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, _random.Next(1, 40))]);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
}
