using System.Runtime.InteropServices;

namespace NceFast.Corpus;

/// <summary>What a path leads to.</summary>
internal enum FileType
{
    /// <summary>Nothing, or the system does not tell.</summary>
    Unknown,

    Regular,

    Folder,

    /// <summary>A named pipe: opening it waits for a writer.</summary>
    Pipe,

    Socket,

    /// <summary>A character or block device.</summary>
    Device,
}

/// <summary>Asks the system for the type of a file without opening it, because the opening of a named pipe may wait forever.</summary>
internal static unsafe partial class FileTypes
{
    // The layout of struct statx is the same on all architectures of Linux.
    private const int CurrentFolder = -100, TypeWanted = 1, BufferBytes = 256, ModeOffset = 28;

    /// <summary>The type, links followed; always unknown on other systems than Linux.</summary>
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
            return FileType.Unknown; // an old or unusual libc
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
