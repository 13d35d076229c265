using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>
/// Flushes the entries of a folder to the disk. Flushing a file does not write the entry that a rename made: after a loss of
/// power, an old checkpoint could be deleted although the new one does not yet have its name.
/// </summary>
internal static partial class DurableFolder
{
    private const int LinuxCloseOnExec = 0x80000, MacCloseOnExec = 0x1000000;

    /// <summary>Waits until renames and deletions in the folder are on the disk.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <returns>False where this is not possible: on systems other than Linux and macOS, and in a folder that may not be read.</returns>
    /// <exception cref="IOException">The disk failed.</exception>
    public static bool Flush(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return false;
        using SafeFileHandle handle = OpenUnlocked(folder);
        if (handle.IsInvalid)
            return false;
        RandomAccess.FlushToDisk(handle);
        return true;
    }

    /// <summary>Opens a folder or file for reading without a lock. The runtime locks every file that it opens, and it opens no folders.</summary>
    /// <param name="path">An existing folder or file.</param>
    /// <returns>A handle, which is invalid when the path cannot be opened.</returns>
    public static SafeFileHandle OpenUnlocked(string path)
    {
        try
        {
            return new SafeFileHandle(OpenReadOnly(path, OperatingSystem.IsLinux() ? LinuxCloseOnExec : MacCloseOnExec), ownsHandle: true);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return new SafeFileHandle(-1, ownsHandle: false); // a system without a libc of that name
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenReadOnly(string path, int flags);
}
