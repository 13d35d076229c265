namespace NceFast.Files;

/// <summary>Files that only their owner may read, until they are published under their final name.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Whether an exception says that a file cannot be made or written. The runtime has one of its own for a file that may grow no further.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Creates a file that must not exist: a link that somebody put there is never followed.</summary>
    /// <param name="path">Name that others cannot foresee.</param>
    /// <param name="bufferBytes">Bytes of its buffer; 0 for none.</param>
    /// <param name="access">What the stream may do.</param>
    /// <param name="options">Further wishes.</param>
    public static FileStream Create(string path, int bufferBytes, FileAccess access = FileAccess.Write, FileOptions options = FileOptions.None)
    {
        var wishes = new FileStreamOptions { Mode = FileMode.CreateNew, Access = access, Share = FileShare.Read | FileShare.Delete, BufferSize = bufferBytes, Options = options };
        if (!OperatingSystem.IsWindows())
            wishes.UnixCreateMode = Owner;
        return new FileStream(path, wishes);
    }

    /// <summary>Gives a private file the permissions of the file it will replace, or those that a new file has.</summary>
    /// <param name="path">The private file.</param>
    /// <param name="target">The name it will have.</param>
    public static void Publish(string path, string target)
    {
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(path, File.Exists(target) ? File.GetUnixFileMode(target) : Everybody & ~Mask());
    }

    // Asking the system by umask() would change it for a moment in all threads. Where it is not told, files stay private.
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
