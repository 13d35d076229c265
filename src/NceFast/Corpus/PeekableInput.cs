using System.Buffers;
using System.IO.Pipelines;

namespace NceFast.Corpus;

/// <summary>Represents a stream whose first bytes can be examined before it is read.</summary>
/// <param name="stream">The stream, which the pipe disposes when it is completed.</param>
/// <param name="name">The name of the stream in messages.</param>
/// <param name="cancellation">Cancels the wait for the first bytes.</param>
internal sealed class PeekableInput(Stream stream, string name, CancellationToken cancellation)
{
    /// <summary>Gets the pipe, which begins with the first byte of the stream that was not skipped.</summary>
    public PipeReader Pipe { get; } = TextInput.CreatePipe(stream);

    /// <summary>
    /// Returns the first bytes. Waits for no more of them than the format needs, because the writer may wait for an answer to a short
    /// first line.
    /// </summary>
    /// <exception cref="NceFastException">The stream cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public byte[] Peek()
    {
        while (true)
        {
            ReadResult result = Read();
            byte[] head = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, ContentKind.SniffBytes)).ToArray();
            bool decided = result.IsCompleted || (head.Length > 0 && !ContentKind.IsUndecided(head));
            Pipe.AdvanceTo(result.Buffer.Start, decided ? result.Buffer.Start : result.Buffer.End);
            if (decided)
                return head;
        }
    }

    /// <summary>Skips bytes that <see cref="Peek"/> returned.</summary>
    public void Skip(int bytes)
    {
        if (bytes > 0)
            Pipe.AdvanceTo(Read().Buffer.GetPosition(bytes));
    }

    private ReadResult Read()
    {
        try
        {
            return TextInput.Read(Pipe, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{name} cannot be read: {e.Message}", e);
        }
    }
}
