using System.Runtime.InteropServices;
using System.Text;

namespace NceFast.Cli;

/// <summary>
/// Standard output and error. Those of .NET send a terminal into another mode before the first byte (ESC[?1h ESC=), also
/// where a launcher gives each process a terminal of its own; these only write. A message that standard error does not take is lost,
/// while the work goes on.
/// </summary>
internal static class StandardStreams
{
    private const int OutputHandle = 1, ErrorHandle = 2;

    /// <summary>Lets all of the program's text pass through writers that escape what a terminal would obey.</summary>
    public static void Guard()
    {
        Console.SetOut(Writer(Open(OutputHandle), !Console.IsOutputRedirected, autoFlush: true));
        Console.SetError(Writer(Open(ErrorHandle), !Console.IsErrorRedirected, autoFlush: true));
    }

    /// <summary>Standard output with a buffer, for many lines.</summary>
    public static TextWriter BufferedOutput() => Writer(Open(OutputHandle), !Console.IsOutputRedirected, autoFlush: false);

    /// <summary>Standard error for what the program itself makes to be obeyed: colours, and lines that are drawn over.</summary>
    public static TextWriter RawError() => Writer(Open(ErrorHandle), isTerminal: false, autoFlush: true);

    /// <summary>A writer of UTF-8 that escapes where a terminal reads it, and changes nothing elsewhere.</summary>
    /// <param name="stream">Takes the bytes.</param>
    /// <param name="isTerminal">Whether a terminal reads them.</param>
    /// <param name="autoFlush">Whether each call writes at once.</param>
    public static TextWriter Writer(Stream stream, bool isTerminal, bool autoFlush)
    {
        var plain = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = autoFlush };
        return isTerminal ? new PrintableWriter(plain) : plain;
    }

    private static Stream Open(int handle) =>
        !OperatingSystem.IsWindows() ? new UnixStream(handle, handle == OutputHandle ? "Standard output" : null) : handle == OutputHandle ? Console.OpenStandardOutput() : Console.OpenStandardError();
}

/// <summary>Writes to an open file of the process. A reader that has gone away is no error, as with the streams of .NET.</summary>
/// <param name="handle">Number of the file.</param>
/// <param name="name">What messages call it; null where a failure is nobody's business, because there is no other place to tell it.</param>
internal sealed unsafe partial class UnixStream(int handle, string? name) : Stream
{
    private const int Interrupted = 4, BrokenPipe = 32;
    private const short ReadyToWrite = 4;
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint written = WriteTo(handle, bytes + done, buffer.Length - done);
                int error = written < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (error == BrokenPipe || (name is null && error is not (0 or Interrupted) && error != WouldBlock))
                    return;
                if (error == WouldBlock)
                    Wait();
                else if (error is not (0 or Interrupted))
                    throw new IOException($"{name} cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.");
                done += Math.Max(0, (int)written);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Wait()
    {
        var asked = new Poll { Handle = handle, Wanted = ReadyToWrite };
        _ = WaitFor(&asked, 1, -1);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(int file, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int WaitFor(Poll* files, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Handle;
        public short Wanted;
        public short Happened;
    }
}
