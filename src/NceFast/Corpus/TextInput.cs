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
        try
        {
            byte[] head = Peek(pipe, name);
            return ContentKind.IsGzip(head) ? OpenGzip(ref pipe, name) : new TextInput(pipe, SkipMark(pipe, head, name));
        }
        catch
        {
            pipe.Complete();
            throw;
        }
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

    private static TextInput OpenGzip(ref PipeReader pipe, string name)
    {
        var gzip = new GzipTextStream(pipe.AsStream(), name);
        pipe = CreatePipe(gzip);
        byte[] head = Peek(pipe, name);
        if (ContentKind.IsGzip(head))
            throw new NceFastException(ErrorKind.Input, $"{name} is gzip within gzip; unpack it once with 'gzip -d'.");
        return new TextInput(pipe, SkipMark(pipe, head, name), gzip);
    }

    private static byte[] Peek(PipeReader pipe, string name)
    {
        try
        {
            ReadResult result = pipe.ReadAtLeastAsync(ContentKind.SniffBytes).AsTask().GetAwaiter().GetResult();
            byte[] head = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ContentKind.SniffBytes)).ToArray();
            pipe.AdvanceTo(result.Buffer.Start, result.Buffer.Start);
            return head;
        }
        catch (IOException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{name} cannot be read: {e.Message}", e);
        }
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
