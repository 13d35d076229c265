using Microsoft.Win32.SafeHandles;
using NceFast.Numerics;

namespace NceFast.Exports.Internals;

/// <summary>Represents a regular file of known length that is read at any byte position. Every error contains the path of the file.</summary>
internal sealed class InputFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private InputFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    public string Path { get; }

    public long Length { get; }

    public static InputFile Open(string path)
    {
        if (Directory.Exists(path))
            Throw.Input($"{path} is a folder; specify a file.");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            return new InputFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; check the path.", e);
        }
        catch (NotSupportedException e)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} is a pipe or device; vectors can be read from regular files only, so save the content to a file first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} could not be opened: {e.Message}", e);
        }
    }

    /// <summary>Fills <paramref name="buffer"/> and returns the number of bytes read, which is smaller only at the end of the file.</summary>
    public int Read(Span<byte> buffer, long position)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int got = RandomAccess.Read(_handle, buffer[total..], position + total);
            if (got == 0)
                break;
            total += got;
        }

        return total;
    }

    /// <summary>Fills <paramref name="buffer"/>, or throws if the file became shorter while it was read.</summary>
    public void ReadExactly(Span<byte> buffer, long position)
    {
        if (Read(buffer, position) != buffer.Length)
            Throw.Input($"{Path}: the file ended before byte {position + buffer.Length:N0} although it had {Length:N0} bytes when it was opened; do not change it while it is read.");
    }

    /// <summary>Creates the error for a place in this file.</summary>
    public NceFastException Error(string place, string message) => new(ErrorKind.Input, $"{Path}, {place}: {message}");

    public void Dispose() => _handle.Dispose();
}
