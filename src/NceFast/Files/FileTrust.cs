using System.Runtime.InteropServices;

namespace NceFast.Files;

/// <summary>
/// Decides whether a user other than that of this process could have made or changed a checkpoint folder. Paths in such a folder
/// must not decide where files of this user are written.
/// </summary>
/// <remarks>On Linux owner and permissions are checked, on other Unix systems permissions alone, and on Windows nothing.</remarks>
internal static unsafe partial class FileTrust
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersEnter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Returns why another user may have made a folder or a checkpoint in it, as the rest of a sentence about the folder; null when both belong to this user.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The checkpoint.</param>
    public static string? Doubt(string folder, string file) =>
        OperatingSystem.IsWindows() ? null : Doubt(new FileRights(OwnerOf(folder), File.GetUnixFileMode(folder)), new FileRights(OwnerOf(file), File.GetUnixFileMode(file)), UserOfProcess());

    /// <summary>Returns the same from the owners and permissions of both.</summary>
    public static string? Doubt(in FileRights folder, in FileRights file, uint user)
    {
        if (folder.Owner is { } owner && owner != user)
            return $"belongs to another user (number {owner}; this process runs as {user})";
        if ((folder.Mode & OthersWrite) != 0)
            return "may be written by other users (chmod go-w takes that away)";
        if (file.Owner is { } author && author != user)
            return $"has a checkpoint of another user (number {author}; this process runs as {user})";
        return (file.Mode & OthersWrite) != 0 && (folder.Mode & OthersEnter) != 0 ? "has a checkpoint that other users may write (chmod go-w takes that away)" : null;
    }

    private static uint? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        const int CurrentFolder = -100;
        const uint WantOwner = 8;
        uint* found = stackalloc uint[64]; // struct statx, 256 bytes: the owner is its sixth number on every processor
        try
        {
            return Status(CurrentFolder, path, 0, WantOwner, found) == 0 && (found[0] & WantOwner) != 0 ? found[5] : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library from before 2018
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, uint* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint UserOfProcess();
}

/// <summary>Represents the owner and the permissions of a file or folder.</summary>
/// <param name="Owner">Number of the owner; null when it is not known.</param>
/// <param name="Mode">The permissions.</param>
internal readonly record struct FileRights(uint? Owner, UnixFileMode Mode);
