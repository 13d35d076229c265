namespace NceFast.Files;

/// <summary>Creates files that only their owner may read until they are published under their final name.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Returns whether an exception reports that a file cannot be made or written. The runtime throws <see cref="ArgumentOutOfRangeException"/> for a file that reached the size limit of the process.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Creates a file that must not exist. A link in its place is never followed.</summary>
    /// <param name="path">A path that others cannot predict.</param>
    /// <param name="access">What the stream may do.</param>
    /// <param name="options">Further options.</param>
    public static WritableFile Create(string path, FileAccess access = FileAccess.Write, FileOptions options = FileOptions.None)
    {
        var settings = new FileStreamOptions { Mode = FileMode.CreateNew, Access = access, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = options };
        if (!OperatingSystem.IsWindows())
            settings.UnixCreateMode = Owner;
        return FileActions.Create(path, settings);
    }

    /// <summary>Gives a private file the permissions of the file that it will replace, or those of a new file.</summary>
    /// <param name="path">The private file.</param>
    /// <param name="target">The name it will have.</param>
    public static void Publish(string path, string target)
    {
        if (OperatingSystem.IsWindows())
            return;
        FileActions.SetMode(path, File.Exists(target) ? File.GetUnixFileMode(target) : Everybody & ~Mask());
    }

    // umask() would change the mask of all threads for a moment, so it is read from a file. When that is missing, files stay private.
    private static UnixFileMode Mask()
    {
        const string Key = "Umask:";
        const UnixFileMode Private = Everybody & ~Owner;
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal));
            return line is null ? Private : (UnixFileMode)Convert.ToInt32(line[Key.Length..].Trim(), 8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return Private;
        }
    }
}
