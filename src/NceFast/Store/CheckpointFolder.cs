using System.Globalization;
using NceFast.Files;

namespace NceFast.Store;

/// <summary>
/// Represents a folder of numbered checkpoints with a lock, which one process at a time holds. The newest checkpoint is the one
/// with the highest number; the clock does not matter.
/// </summary>
internal sealed class CheckpointFolder : IDisposable
{
    private const string LockName = "lock", Prefix = "checkpoint-", Suffix = ".ncf";
    private readonly WritableFile _lock;

    private CheckpointFolder(string path, WritableFile held) => (Path, _lock) = (path, held);

    /// <summary>Gets the full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Gets the checkpoints, newest first.</summary>
    public IReadOnlyList<(long Number, string Path)> Checkpoints => List(Path);

    /// <summary>Creates the folder if it is missing, private to its owner, and takes its lock.</summary>
    /// <exception cref="NceFastException">The folder cannot be made or written, or another training uses it (<see cref="ErrorKind.Output"/>).</exception>
    public static CheckpointFolder Create(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            FileActions.CreateFolder(full, isPrivate: true);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw new NceFastException(ErrorKind.Output, $"The checkpoint folder {path} cannot be made: {e.Message.TrimEnd('.')}; name another.", e);
        }

        return Open(full);
    }

    /// <summary>Takes the lock of a folder that exists.</summary>
    /// <exception cref="NceFastException">The folder is missing (<see cref="ErrorKind.Input"/>), it cannot be written, or another training uses it (<see cref="ErrorKind.Output"/>).</exception>
    public static CheckpointFolder Open(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(full))
            throw new NceFastException(ErrorKind.Input, $"There is no checkpoint folder {path}; name a folder in which a training saved itself.");
        string name = System.IO.Path.Combine(full, LockName);
        OutputPath.RefuseLink(name, name);
        try
        {
            // The system releases the lock when the process ends in any way.
            WritableFile held = FileActions.Open(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var folder = new CheckpointFolder(full, held);
            folder.DeleteTemporaries();
            return folder;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new NceFastException(ErrorKind.Output, $"The checkpoint folder {path} takes no files: {e.Message.TrimEnd('.')}; ask for write permission or name another.", e);
        }
        catch (IOException e)
        {
            throw new NceFastException(ErrorKind.Output, File.Exists(name)
                ? $"The checkpoint folder {path} is used by another training, which holds {name}; wait for it to end or name another folder."
                : $"The checkpoint folder {path} takes no files: {e.Message.TrimEnd('.')}; name another.", e);
        }
    }

    /// <summary>Returns the checkpoints in a folder, newest first; none when it does not exist.</summary>
    public static IReadOnlyList<(long Number, string Path)> List(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, Prefix + "*" + Suffix).Select(Parse).Where(c => c.Number >= 0).OrderByDescending(c => c.Number)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Writes the next checkpoint. The file gets its name when it is complete and on the disk.</summary>
    /// <param name="bytes">Expected size, compared with the free space.</param>
    /// <param name="write">Writes the sections.</param>
    /// <returns>Its number and path.</returns>
    /// <exception cref="NceFastException">The checkpoint cannot be written; all older ones remain (<see cref="ErrorKind.Output"/>).</exception>
    public (long Number, string Path) Save(long bytes, Action<CheckpointWriter> write)
    {
        IReadOnlyList<(long Number, string Path)> old = Checkpoints;
        long number = old.Count == 0 ? 0 : old[0].Number + 1;
        string path = System.IO.Path.Combine(Path, Prefix + number.ToString("D8", CultureInfo.InvariantCulture) + Suffix);
        AtomicFile.Write(path, bytes, stream =>
        {
            var writer = new CheckpointWriter(stream);
            write(writer);
            writer.Finish();
        });
        return (number, path);
    }

    /// <summary>Deletes all but the newest checkpoints.</summary>
    /// <param name="keep">How many to keep, at least 1.</param>
    public void Retain(int keep)
    {
        foreach ((_, string path) in Checkpoints.Skip(keep))
            TryDelete(path);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    // A killed training left them.
    private void DeleteTemporaries()
    {
        foreach (string path in Directory.EnumerateFiles(Path, Prefix + "*" + Suffix + ".*.tmp"))
            TryDelete(path);
    }

    private static (long Number, string Path) Parse(string path)
    {
        ReadOnlySpan<char> digits = System.IO.Path.GetFileName(path.AsSpan())[Prefix.Length..^Suffix.Length];
        return (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1, path);
    }

    private static void TryDelete(string path)
    {
        try
        {
            FileActions.Delete(path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // The file remains.
        }
    }
}
