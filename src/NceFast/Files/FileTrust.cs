using System.Runtime.InteropServices;

namespace NceFast.Files;

/// <summary>
/// Whether others than the user of this process could have made or changed a run's folder. Paths in such a folder must not say
/// where this user's files are written.
/// </summary>
/// <remarks>The owner is asked for on Linux; elsewhere permissions alone are looked at, and on Windows nothing is.</remarks>
internal static unsafe partial class FileTrust
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersEnter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Says why a folder or a checkpoint in it may be the work of others, as the rest of a sentence about it; null when it is this user's.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="file">The checkpoint.</param>
    public static string? Doubt(string folder, string file) =>
        OperatingSystem.IsWindows() ? null : Doubt(new FileRights(OwnerOf(folder), File.GetUnixFileMode(folder)), new FileRights(OwnerOf(file), File.GetUnixFileMode(file)), UserOfProcess());

    /// <summary>As above, from what is known of both.</summary>
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

/// <summary>Who owns a file or folder, and what its permissions are.</summary>
/// <param name="Owner">Number of the owner; null where the system does not tell.</param>
/// <param name="Mode">The permissions.</param>
internal readonly record struct FileRights(uint? Owner, UnixFileMode Mode);
