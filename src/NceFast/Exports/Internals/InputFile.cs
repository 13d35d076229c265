using Microsoft.Win32.SafeHandles;
using NceFast.Numerics;

namespace NceFast.Exports.Internals;

/// <summary>A regular file of known length, read forwards or at a place; every error names it.</summary>
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
            Throw.Input($"{path} is a folder; name a file.");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            return new InputFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist.", e);
        }
        catch (NotSupportedException e)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} is a pipe or device; vectors are read from regular files only, so save it to a file first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            handle?.Dispose();
            throw new NceFastException(ErrorKind.Input, $"{path} could not be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads up to <paramref name="buffer"/>'s length; fewer only at the end of the file.</summary>
    public int Read(Span<byte> buffer, long offset)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int got = RandomAccess.Read(_handle, buffer[total..], offset + total);
            if (got == 0)
                break;
            total += got;
        }

        return total;
    }

    /// <summary>Fills <paramref name="buffer"/> or throws: the file shrank while it was read.</summary>
    public void ReadExactly(Span<byte> buffer, long offset)
    {
        if (Read(buffer, offset) != buffer.Length)
            Throw.Input($"{Path}: the file ended before byte {offset + buffer.Length:N0} though it had {Length:N0} bytes when opened; do not change it while it is read.");
    }

    /// <summary>An error at a place of this file.</summary>
    public NceFastException Error(string place, string message) => new(ErrorKind.Input, $"{Path}, {place}: {message}");

    public void Dispose() => _handle.Dispose();
}
