namespace NceFast.Files;

/// <summary>Writes to a caller's stream, which stays open.</summary>
internal static class LentOutput
{
    /// <summary>The name of a stream in messages.</summary>
    public const string Name = "The stream";

    private const int BufferBytes = 1 << 17;

    /// <summary>Writes content through a buffer and flushes the stream.</summary>
    /// <param name="stream">The caller's stream.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="ArgumentException">The stream cannot be written.</exception>
    /// <exception cref="NceFastException">A write failed (<see cref="ErrorKind.Output"/>).</exception>
    public static void Write(Stream stream, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
            throw new ArgumentException("The stream cannot be written; pass one that can.", nameof(stream));
        try
        {
            var buffered = new BufferedStream(stream, BufferBytes); // not disposed, because that would close the stream
            write(buffered);
            buffered.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Output, $"{Name} could not be written: {e.Message}", e);
        }
    }

    /// <summary>Throws if a stream cannot be read.</summary>
    public static void EnsureReadable(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead)
            throw new ArgumentException("The stream cannot be read; pass one that can.", nameof(stream));
    }
}
