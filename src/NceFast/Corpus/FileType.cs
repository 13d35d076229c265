using System.Runtime.InteropServices;

namespace NceFast.Corpus;

/// <summary>The type of the file that a path leads to.</summary>
internal enum FileType
{
    /// <summary>The path does not exist, or the system does not report its type.</summary>
    Unknown,

    Regular,

    Folder,

    /// <summary>A named pipe. Opening it waits for a writer.</summary>
    Pipe,

    Socket,

    /// <summary>A character or block device.</summary>
    Device,
}

/// <summary>Queries the type of a file without opening it, because opening a named pipe can wait forever.</summary>
internal static unsafe partial class FileTypes
{
    // The layout of struct statx is the same on all architectures of Linux.
    private const int CurrentFolder = -100, TypeWanted = 1, BufferBytes = 256, ModeOffset = 28;

    /// <summary>Returns the type of a file, following links. On systems other than Linux it is always unknown.</summary>
    public static FileType Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return FileType.Unknown;
        byte* status = stackalloc byte[BufferBytes];
        try
        {
            if (Statx(CurrentFolder, path, 0, TypeWanted, status) != 0)
                return FileType.Unknown;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return FileType.Unknown; // this libc has no statx
        }

        return (*(ushort*)(status + ModeOffset) >> 12) switch
        {
            1 => FileType.Pipe,
            2 or 6 => FileType.Device,
            4 => FileType.Folder,
            8 => FileType.Regular,
            12 => FileType.Socket,
            _ => FileType.Unknown,
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint wanted, byte* status);
}
