using System.Runtime.InteropServices;
using System.Text;

namespace NceFast.Cli;

/// <summary>Nobody reads standard output any more, as behind <c>| head</c>. The program ends, quietly.</summary>
internal sealed class ReaderGoneException : IOException;

/// <summary>
/// What is written to standard error is a log: where it cannot be written, the log ends and the work goes on. What is written to
/// standard output is a result: where it cannot be written, the verb fails.
/// </summary>
internal static partial class StandardStreams
{
    private const int Interrupted = 4, BrokenPipe = 32;

    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>Puts both rules into force for everything that writes to the console.</summary>
    public static void Guard()
    {
        Encoding encoding = Console.OutputEncoding is UTF8Encoding ? new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) : Console.OutputEncoding;
        Console.SetError(new StreamWriter(new LogStream(Console.OpenStandardError()), encoding) { AutoFlush = true });
        Console.SetOut(new StreamWriter(OpenOutput(), encoding) { AutoFlush = true });
    }

    /// <summary>Opens standard output. A write that fails throws.</summary>
    /// <remarks>
    /// <see cref="ReaderGoneException"/>: the reader closed the pipe. <see cref="NceFastException"/>
    /// (<see cref="ErrorKind.Output"/>): the disk is full, or the stream is closed.
    /// </remarks>
    public static Stream OpenOutput() => new ResultStream();

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int file, byte* bytes, nint count);

    /// <summary>Takes bytes and nothing else.</summary>
    private abstract class Sink : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    /// <summary>Swallows everything after the first write that failed.</summary>
    private sealed class LogStream(Stream inner) : Sink
    {
        private volatile bool _ended;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_ended)
                return;
            try
            {
                inner.Write(buffer);
                inner.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                _ended = true;
            }
        }
    }

    /// <summary>Standard output as the system has it: the runtime's own stream would keep silent about a reader that left.</summary>
    private sealed class ResultStream : Sink
    {
        private readonly Stream? _console = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : null;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_console is null)
                WriteAll(buffer);
            else
                WriteTo(_console, buffer);
        }

        private static unsafe void WriteAll(ReadOnlySpan<byte> buffer)
        {
            fixed (byte* start = buffer)
            {
                for (int done = 0; done < buffer.Length;)
                {
                    nint written = StandardStreams.Write(1, start + done, buffer.Length - done);
                    if (written >= 0)
                        done += (int)written;
                    else
                        Answer(Marshal.GetLastPInvokeError());
                }
            }
        }

        private static void Answer(int error)
        {
            if (error == Interrupted)
                return;
            if (error == BrokenPipe)
                throw new ReaderGoneException();
            if (error != TryAgain)
                throw Failure(Marshal.GetPInvokeErrorMessage(error), null);
            Thread.Sleep(1); // a pipe that is full and does not wait
        }

        private static void WriteTo(Stream console, ReadOnlySpan<byte> buffer)
        {
            try
            {
                console.Write(buffer);
            }
            catch (IOException e)
            {
                throw Failure(e.Message, e);
            }
        }

        private static NceFastException Failure(string why, Exception? cause) =>
            new(ErrorKind.Output, $"The result could not be written to standard output ({why.TrimEnd('.')}); send it to a file or pipe that takes it. Files that were written before are complete.", cause);
    }
}
