using System.Runtime.InteropServices;
using System.Text;

namespace NceFast.Cli;

/// <summary>Nobody reads standard output any more, as behind <c>| head</c>. The program ends, quietly.</summary>
internal sealed class ReaderGoneException : IOException;

/// <summary>
/// Opens standard output and standard error. Standard error is a log: if it cannot be written, the log ends and the work continues.
/// Standard output is a result: if it cannot be written, the verb fails. For a terminal, control characters are escaped in both.
/// </summary>
/// <remarks>
/// The streams of .NET send a terminal into another mode before the first byte (ESC[?1h ESC=), also where a launcher gives each
/// process a terminal of its own, and keep silent about a reader that left. These only write.
/// </remarks>
internal static class StandardStreams
{
    private const int OutputHandle = 1, ErrorHandle = 2;

    /// <summary>Applies these rules to everything that writes to the console.</summary>
    public static void Guard()
    {
        Console.SetError(Writer(new LogStream(Open(ErrorHandle)), !Console.IsErrorRedirected, autoFlush: true));
        Console.SetOut(Writer(OpenOutput(), !Console.IsOutputRedirected, autoFlush: true));
    }

    /// <summary>Opens standard output for bytes. A write that fails throws.</summary>
    /// <remarks>
    /// <see cref="ReaderGoneException"/>: the reader closed the pipe. <see cref="NceFastException"/>
    /// (<see cref="ErrorKind.Output"/>): the disk is full, or the stream is closed.
    /// </remarks>
    public static Stream OpenOutput() => new ResultStream(Open(OutputHandle));

    /// <summary>Gets the columns of the terminal that standard output is; null if unknown. <see cref="Console.WindowWidth"/> would send it into another mode.</summary>
    public static int? OutputWidth => OperatingSystem.IsWindows() ? Console.WindowWidth : OperatingSystem.IsLinux() ? UnixStream.ColumnsOf(OutputHandle) : null;

    /// <summary>Opens standard output with a buffer, for many lines.</summary>
    public static TextWriter BufferedOutput() => Writer(OpenOutput(), !Console.IsOutputRedirected, autoFlush: false);

    /// <summary>Standard error for what the program itself makes to be obeyed: colours, and lines that are drawn over.</summary>
    public static TextWriter RawError() => new StreamWriter(new LogStream(Open(ErrorHandle)), EncodingFor(isTerminal: true)) { AutoFlush = true };

    /// <summary>A writer that escapes where a terminal reads it, and changes nothing elsewhere.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="isTerminal">Whether a terminal reads them.</param>
    /// <param name="autoFlush">Whether each call writes at once.</param>
    public static TextWriter Writer(Stream stream, bool isTerminal, bool autoFlush)
    {
        var plain = new StreamWriter(stream, EncodingFor(isTerminal)) { AutoFlush = autoFlush };
        return isTerminal ? new PrintableWriter(plain) : plain;
    }

    // A terminal has an encoding of its own; files and pipes keep every character.
    private static Encoding EncodingFor(bool isTerminal) =>
        isTerminal && Console.OutputEncoding is not UTF8Encoding ? Console.OutputEncoding : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private static Stream Open(int handle) =>
        !OperatingSystem.IsWindows() ? new UnixStream(handle) : handle == OutputHandle ? Console.OpenStandardOutput() : Console.OpenStandardError();

    /// <summary>Ignores everything after the first write that failed.</summary>
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

    /// <summary>Reports a result that could not be written.</summary>
    private sealed class ResultStream(Stream inner) : Sink
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                inner.Write(buffer);
            }
            catch (IOException e) when (e is not ReaderGoneException)
            {
                throw new NceFastException(ErrorKind.Output, $"The result could not be written to standard output ({e.Message.TrimEnd('.')}); send it to a file or pipe that takes it. Files that were written before are complete.", e);
            }
        }
    }
}

/// <summary>Takes bytes and nothing else.</summary>
internal abstract class Sink : Stream
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

/// <summary>Writes to an open file of the process.</summary>
/// <param name="handle">Number of the file.</param>
internal sealed unsafe partial class UnixStream(int handle) : Sink
{
    private const int Interrupted = 4, BrokenPipe = 32;

    private static readonly int TryAgain = OperatingSystem.IsLinux() ? 11 : 35;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint written = Write(handle, start + done, buffer.Length - done);
                if (written >= 0)
                    done += (int)written;
                else
                    Answer(Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Gets the columns of a terminal; null if the file is none.</summary>
    public static int? ColumnsOf(int file)
    {
        const nuint GetWindowSize = 0x5413; // of Linux
        ushort* size = stackalloc ushort[4]; // rows, columns, and both in pixels
        return Control(file, GetWindowSize, size) == 0 ? size[1] : null;
    }

    private static void Answer(int error)
    {
        if (error == Interrupted)
            return;
        if (error == BrokenPipe)
            throw new ReaderGoneException();
        if (error != TryAgain)
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        Thread.Sleep(1); // a pipe that is full and does not wait
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int file, nuint request, ushort* size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte* bytes, nint count);
}
