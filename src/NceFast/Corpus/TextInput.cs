using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>An open sequential text: its pipe, and how far the bytes below it (compressed or not) were read.</summary>
internal sealed class TextInput : IDisposable
{
    /// <summary>Bytes asked of a stream at once: large against the cost of a call, small against the second-level cache.</summary>
    public const int ReadBytes = 64 * 1024;

    private readonly GzipTextStream? _gzip;

    public TextInput(PipeReader pipe, long start = 0, GzipTextStream? gzip = null)
    {
        Pipe = pipe;
        Start = start;
        _gzip = gzip;
    }

    public PipeReader Pipe { get; }

    /// <summary>Place of the pipe's first byte in the text: after a byte order mark.</summary>
    public long Start { get; }

    /// <summary>Opens a stream of text or gzip, told apart by the first bytes.</summary>
    /// <exception cref="NceFastException">The bytes are neither (<see cref="ErrorKind.Input"/>).</exception>
    public static TextInput Open(Stream stream, string name)
    {
        PipeReader pipe = CreatePipe(stream);
        Span<byte> head = stackalloc byte[ContentKind.SniffBytes];
        head = head[..Peek(pipe, head)];
        if (!ContentKind.IsGzip(head))
            return new TextInput(pipe, SkipMark(pipe, head, name));

        var gzip = new GzipTextStream(pipe.AsStream(), name);
        pipe = CreatePipe(gzip);
        head = stackalloc byte[ContentKind.SniffBytes];
        head = head[..Peek(pipe, head)];
        if (ContentKind.IsGzip(head))
            throw new NceFastException(ErrorKind.Input, $"{name} is gzip within gzip; unpack it once with 'gzip -d'.");
        return new TextInput(pipe, SkipMark(pipe, head, name), gzip);
    }

    public static PipeReader CreatePipe(Stream stream) =>
        PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 8));

    /// <summary>Waits for the next bytes; a stream that has them at once costs no task.</summary>
    public static ReadResult Read(PipeReader pipe, CancellationToken cancellation)
    {
        ValueTask<ReadResult> read = pipe.ReadAsync(cancellation);
        return read.IsCompletedSuccessfully ? read.Result : read.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Bytes below the text that were read when the text was read up to <paramref name="position"/>.</summary>
    public long RawPosition(long position) => _gzip?.CompressedPosition ?? position;

    public void Dispose() => Pipe.Complete();

    private static int Peek(PipeReader pipe, Span<byte> head)
    {
        ReadResult result = pipe.ReadAtLeastAsync(head.Length).AsTask().GetAwaiter().GetResult();
        ReadOnlySequence<byte> start = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, head.Length));
        start.CopyTo(head);
        pipe.AdvanceTo(result.Buffer.Start, result.Buffer.Start);
        return (int)start.Length;
    }

    private static long SkipMark(PipeReader pipe, ReadOnlySpan<byte> head, string name)
    {
        ContentKind.Refuse(name, head);
        int mark = ContentKind.Utf8Mark(head);
        if (mark > 0)
        {
            ReadResult result = Read(pipe, CancellationToken.None);
            pipe.AdvanceTo(result.Buffer.GetPosition(mark));
        }

        return mark;
    }
}
