using NceFast.Numerics;

namespace NceFast.Files;

/// <summary>
/// Does every action of this program that changes files or folders. Tests observe the actions, and let them fail, through
/// <see cref="Hook"/>; a test of the sources ensures that no other type changes files.
/// </summary>
internal static class FileActions
{
    /// <summary>Gets the hook of tests.</summary>
    public static AmbientHook<FileHook> Hook { get; } = new();

    /// <summary>Creates a folder with its missing parents, and flushes their entries to the disk.</summary>
    /// <param name="path">The folder, which may exist.</param>
    /// <param name="isPrivate">Whether only its owner may use a new folder.</param>
    public static DirectoryInfo CreateFolder(string path, bool isPrivate = false)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string parent = Path.GetDirectoryName(full) ?? full;
        if (!Directory.Exists(parent))
            CreateFolder(parent);
        Before(new FileAction(FileActionKind.CreateFolder, full));
        DirectoryInfo folder = isPrivate && !OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(full, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            : Directory.CreateDirectory(full);
        FlushFolder(parent);
        return folder;
    }

    /// <summary>Creates a file that must not exist, without a buffer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">How it is created.</param>
    public static WritableFile Create(string path, FileStreamOptions settings)
    {
        Before(new FileAction(FileActionKind.Create, path));
        return new WritableFile(new FileStream(path, settings), path);
    }

    /// <summary>Opens a file for writing, without a buffer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode"><see cref="FileMode.Open"/>, or <see cref="FileMode.OpenOrCreate"/> if it may be missing.</param>
    /// <param name="access">What the file is opened for.</param>
    /// <param name="share">What others may do meanwhile.</param>
    public static WritableFile Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        Before(new FileAction(FileActionKind.Open, path));
        return new WritableFile(new FileStream(path, mode, access, share, 0), path);
    }

    /// <summary>Gives a file another name; a file that has the name is replaced.</summary>
    public static void Rename(string path, string target)
    {
        Before(new FileAction(FileActionKind.Rename, path) { Target = target });
        File.Move(path, target, overwrite: true);
    }

    /// <summary>Deletes a file.</summary>
    public static void Delete(string path)
    {
        Before(new FileAction(FileActionKind.Delete, path));
        File.Delete(path);
    }

    /// <summary>Sets the permissions of a file; does nothing on Windows.</summary>
    public static void SetMode(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
            return;
        Before(new FileAction(FileActionKind.SetMode, path) { Position = (long)mode });
        File.SetUnixFileMode(path, mode);
    }

    /// <summary>Waits until the entries of a folder are on the disk.</summary>
    /// <returns>False where this is not possible; see <see cref="DurableFolder.Flush"/>.</returns>
    public static bool FlushFolder(string folder)
    {
        Before(new FileAction(FileActionKind.FlushFolder, folder));
        return DurableFolder.Flush(folder);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">The bytes of the stream's buffer; 0 for none.</param>
    /// <param name="options">How it will be read.</param>
    public static FileStream OpenRead(string path, int buffer = 0, FileOptions options = FileOptions.None)
    {
        Reading(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, buffer, options);
    }

    /// <summary>Announces that a file will be opened or read.</summary>
    public static void Reading(string path) => Before(new FileAction(FileActionKind.Read, path));

    /// <summary>Announces an action.</summary>
    public static void Before(in FileAction action, ReadOnlySpan<byte> data = default) => Hook.Value?.Invoke(action, data);
}
