using System.IO.Pipelines;
using NceFast.Corpus.Records;

namespace NceFast.Corpus;

/// <summary>Represents an open sequential text: its pipe, and how many stored bytes (compressed, or of records) have been read.</summary>
internal sealed class TextInput : IDisposable
{
    /// <summary>
    /// The size of one read in bytes: large compared with the cost of a system call, small compared with the second-level cache.
    /// </summary>
    public const int ReadBytes = 64 * 1024;

    private readonly DecodingStream? _decoding;
    private readonly Stream? _stored;

    /// <summary>Creates an open text.</summary>
    /// <param name="pipe">The text, which is completed with this object.</param>
    /// <param name="start">The byte position in the text of the first byte of the pipe.</param>
    /// <param name="decoding">The stream that knows the position in the stored bytes; null if they are the text.</param>
    /// <param name="stored">The stored bytes, which are disposed after the pipe; null if the pipe disposes them.</param>
    public TextInput(PipeReader pipe, long start = 0, DecodingStream? decoding = null, Stream? stored = null)
    {
        _stored = stored;
        Pipe = pipe;
        Start = start;
        _decoding = decoding;
    }

    public PipeReader Pipe { get; }

    /// <summary>Gets the byte position in the text of the first byte of the pipe, which follows the byte order mark.</summary>
    public long Start { get; }

    /// <summary>Opens a stream of text. Its first bytes decide whether it is decompressed, and the options whether it has records.</summary>
    /// <param name="stream">The stream, which is closed with the text.</param>
    /// <param name="name">The name in messages.</param>
    /// <param name="reading">What all texts of the reading share.</param>
    /// <exception cref="NceFastException">The bytes are in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static TextInput Open(Stream stream, string name, TextReading reading)
    {
        var input = new PeekableInput(stream, name, reading.Cancellation);
        try
        {
            DecodingStream? decoding = Decompress(ref input, stream, name, reading);
            if (reading.Options.HasRecords)
            {
                decoding = RecordStream.Open(input, decoding, name, reading);
                return new TextInput(CreatePipe(decoding), 0, decoding, stream);
            }

            byte[] head = input.Peek();
            ContentKind.Refuse(name, head);
            WarnOfDoubt(name, head, reading);
            int mark = ContentKind.Utf8Mark(head);
            input.Skip(mark);
            return new TextInput(input.Pipe, mark, decoding, stream);
        }
        catch
        {
            input.Pipe.Complete();
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a stream of plain or compressed text that has no records and keeps its words.</summary>
    public static TextInput Open(Stream stream, string name, CancellationToken cancellation = default) =>
        Open(stream, name, new TextReading { Cancellation = cancellation });

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

    /// <summary>Warns once per corpus when plain text looks like JSON or markup.</summary>
    public static void WarnOfDoubt(string name, ReadOnlySpan<byte> head, TextReading reading)
    {
        if (reading.Item == 0 && ContentKind.Doubt(head) is { } doubt)
            InputLog.NotPlainText(reading.Logger, name, doubt, Member.Of(nameof(TextOptions.Fields)));
    }

    /// <summary>Returns how many stored bytes were read when the text had been read up to <paramref name="position"/>.</summary>
    public long RawPosition(long position) => _decoding?.StoredPosition ?? position;

    // Members that are decompressed at the same time share the handle of the file and do not close it.
    public void Dispose()
    {
        Pipe.Complete();
        _stored?.Dispose();
    }

    private static DecodingStream? Decompress(ref PeekableInput input, Stream stream, string name, TextReading reading)
    {
        if (Compression.Of(input.Peek()) is not { } format)
            return null;
        DecodingStream decoding = reading.PartsAtOnce > 1 && stream is FileStream { CanSeek: true } file
            ? CompressedFile.Open(file.SafeFileHandle, name, format, reading.PartsAtOnce)
            : format.Open(input.Pipe.AsStream(), name);
        input = new PeekableInput(decoding, name, reading.Cancellation);
        if (Compression.Of(input.Peek()) is { } inner)
            throw new NceFastException(ErrorKind.Input, $"{name} is {inner.Name} within {format.Name}; unpack it once with '{format.Name} -d'.");
        return decoding;
    }
}
