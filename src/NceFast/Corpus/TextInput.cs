using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>Represents an open sequential text: its pipe, and how many stored bytes (compressed for gzip) have been read.</summary>
internal sealed class TextInput : IDisposable
{
    /// <summary>
    /// The size of one read in bytes: large compared with the cost of a system call, small compared with the second-level cache.
    /// </summary>
    public const int ReadBytes = 64 * 1024;

    private readonly GzipTextStream? _gzip;

    public TextInput(PipeReader pipe, long start = 0, GzipTextStream? gzip = null)
    {
        Pipe = pipe;
        Start = start;
        _gzip = gzip;
    }

    public PipeReader Pipe { get; }

    /// <summary>Gets the byte position in the text of the first byte of the pipe, which follows the byte order mark.</summary>
    public long Start { get; }

    /// <summary>Opens a stream of text or gzip. The first bytes decide which of the two it is.</summary>
    /// <exception cref="NceFastException">The bytes are in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static TextInput Open(Stream stream, string name, CancellationToken cancellation = default)
    {
        PipeReader pipe = CreatePipe(stream);
        try
        {
            byte[] head = Peek(pipe, name, cancellation);
            return ContentKind.IsGzip(head) ? OpenGzip(ref pipe, name, cancellation) : new TextInput(pipe, SkipMark(pipe, head, name));
        }
        catch
        {
            pipe.Complete();
            throw;
        }
    }

    public static PipeReader CreatePipe(Stream stream) =>
        PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, minimumReadSize: ReadBytes / 8));

    /// <summary>Waits for the next bytes. When the stream already has bytes, no task is created.</summary>
    /// <exception cref="OperationCanceledException">
    /// The wait was cancelled, even if the stream itself ignores cancellation.
    /// </exception>
    public static ReadResult Read(PipeReader pipe, CancellationToken cancellation)
    {
        ValueTask<ReadResult> read = pipe.ReadAsync(cancellation);
        return read.IsCompletedSuccessfully ? read.Result : read.AsTask().WaitAsync(cancellation).GetAwaiter().GetResult();
    }

    /// <summary>Returns how many stored bytes were read when the text had been read up to <paramref name="position"/>.</summary>
    public long RawPosition(long position) => _gzip?.CompressedPosition ?? position;

    public void Dispose() => Pipe.Complete();

    private static TextInput OpenGzip(ref PipeReader pipe, string name, CancellationToken cancellation)
    {
        var gzip = new GzipTextStream(pipe.AsStream(), name);
        pipe = CreatePipe(gzip);
        byte[] head = Peek(pipe, name, cancellation);
        if (ContentKind.IsGzip(head))
            throw new NceFastException(ErrorKind.Input, $"{name} is gzip within gzip; unpack it once with 'gzip -d'.");
        return new TextInput(pipe, SkipMark(pipe, head, name), gzip);
    }

    // Waits for no more bytes than necessary, because the writer may wait for an answer to a short first line.
    private static byte[] Peek(PipeReader pipe, string name, CancellationToken cancellation)
    {
        while (true)
        {
            ReadResult result = Read(pipe, name, cancellation);
            byte[] head = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ContentKind.SniffBytes)).ToArray();
            bool decided = result.IsCompleted || (head.Length > 0 && !ContentKind.IsUndecided(head));
            pipe.AdvanceTo(result.Buffer.Start, decided ? result.Buffer.Start : result.Buffer.End);
            if (decided)
                return head;
        }
    }

    private static ReadResult Read(PipeReader pipe, string name, CancellationToken cancellation)
    {
        try
        {
            return Read(pipe, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
