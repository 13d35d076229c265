using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>
/// Puts the names in a folder on the disk. A file's own flush does not reach the entry that a rename made: after a loss of
/// power an old checkpoint could be deleted and the new one not yet named.
/// </summary>
internal static partial class DurableFolder
{
    private const int LinuxCloseOnExec = 0x80000, MacCloseOnExec = 0x1000000;

    /// <summary>Waits until renames and deletions in the folder are on the disk.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <returns>False where it cannot be done: on other systems than Linux and macOS, and in a folder that may not be read.</returns>
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

    /// <summary>Opens a folder or file for reading without the lock that the runtime takes of every file; it opens no folders at all.</summary>
    /// <param name="path">An existing folder or file.</param>
    /// <returns>A handle, which is invalid where it cannot be opened.</returns>
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
