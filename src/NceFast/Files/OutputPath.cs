
namespace NceFast.Files;

/// <summary>Checks output paths, and makes the errors about them.</summary>
internal static class OutputPath
{
    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public static bool IsIo(Exception e) => PrivateFile.IsFailure(e) || e is NotSupportedException;

    /// <summary>Rejects a symbolic link, because everyone who may write in its folder could direct the output to another file of the user.</summary>
    public static void RefuseLink(string path, string full)
    {
        if (!IsDevice(full) && LinkTarget(full) is { } link)
            throw new NceFastException(ErrorKind.Output, $"{path} is a symbolic link to {link}; outputs never follow links. Name the file itself, or delete the link.");
    }

    /// <summary>Returns whether a path is a device, such as a pipe or a terminal, in whose folder no file can be renamed.</summary>
    public static bool IsDevice(string full) =>
        !OperatingSystem.IsWindows() && full.StartsWith("/dev/", StringComparison.Ordinal)
        && !full.StartsWith("/dev/shm/", StringComparison.Ordinal);

    /// <summary>Rejects what can be seen without writing: an empty name, a folder, a missing folder, a read-only file.</summary>
    public static void EnsureReplaceable(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new NceFastException(ErrorKind.Output, "The output path is empty; name a file.");
        string target = Path.GetFullPath(path);
        RefuseLink(path, target);
        if (Directory.Exists(target) || Path.EndsInDirectorySeparator(path))
            throw new NceFastException(ErrorKind.Output, $"{path} is a folder; name a file in it.");
        string folder = Path.GetDirectoryName(target) ?? "/";
        if (!Directory.Exists(folder))
            throw new NceFastException(ErrorKind.Output, $"{path}: the folder {folder} does not exist; create it or name another path.");
        if (File.Exists(target) && IsReadOnly(target))
            throw new NceFastException(ErrorKind.Output, $"{path} exists and is read-only; make it writable, delete it or name another path.");
    }

    /// <summary>Rejects an output that is larger than the free space of its disk.</summary>
    public static void EnsureSpace(string path, string target, long bytes)
    {
        long free = FreeBytes(target);
        if (bytes > 0 && free >= 0 && free < bytes)
            throw new NceFastException(ErrorKind.Output, $"{path} needs {bytes:N0} bytes but its disk has {free:N0} free; free some space or name a path on another disk.");
    }

    /// <summary>Returns the error for a write that failed, with the sizes that show whether the disk is full.</summary>
    public static NceFastException Failure(string path, string target, long bytes, long written, Exception cause)
    {
        string needed = bytes > 0 ? $"about {bytes:N0} bytes were needed" : "the size needed was not known beforehand";
        long free = FreeBytes(target);
        string space = free >= 0 ? $"its disk had about {free + written:N0} free" : "the free space of its disk is unknown";
        string advice = cause is UnauthorizedAccessException
            ? "Ask for write permission on its folder or name another path."
            : "Free some space or name a path on another disk.";
        return new NceFastException(ErrorKind.Output, $"{path} could not be written ({cause.Message.TrimEnd('.')}): {needed}, {written:N0} were written, {space}. {advice}", cause);
    }

    private static string? LinkTarget(string full)
    {
        try
        {
            return new FileInfo(full).LinkTarget;
        }
        catch (Exception e) when (IsIo(e))
        {
            return null; // Creating the file fails too, and reports the reason.
        }
    }

    private static bool IsReadOnly(string file)
    {
        if (OperatingSystem.IsWindows())
            return (File.GetAttributes(file) & FileAttributes.ReadOnly) != 0;

        // The mode is checked first, because root may open a file that its owner made read-only.
        if ((File.GetUnixFileMode(file) & AnyWrite) == 0)
            return true;
        if (IsDevice(file))
            return false;
        try
        {
            using WritableFile probe = FileActions.Open(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false; // The file is in use, not read-only; the rename decides.
        }
    }

    /// <summary>Gets or sets the function that returns the free bytes of the disk of a folder; tests replace it.</summary>
    internal static Func<string, long> FreeSpaceOf { get; set; } = folder => new DriveInfo(folder).AvailableFreeSpace;

    /// <summary>Returns the bytes of the disk of an output that are free for this user; -1 when they are not known.</summary>
    public static long FreeBytes(string target)
    {
        if (IsDevice(target))
            return -1;
        try
        {
            return FreeSpaceOf(Path.GetDirectoryName(target) ?? "/");
        }
        catch (Exception e) when (IsIo(e) || e is ArgumentException)
        {
            return -1;
        }
    }
}
