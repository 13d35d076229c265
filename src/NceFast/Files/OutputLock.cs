using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>
/// Represents a locked file beside an output, which one process at a time holds from the start of its work until the output is
/// written. The system ends the lock with the process, so the file of a killed process does not block the next one.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    private const string Suffix = ".ncefast-lock";
    private const int Attempts = 10;
    private readonly string _path;
    private WritableFile? _file;

    private OutputLock(string path, WritableFile file) => (_path, _file) = (path, file);

    /// <summary>Returns the path of the locked file. Its name is hidden, so that it is not read as text of a folder.</summary>
    public static string PathOf(string output)
    {
        string full = Path.GetFullPath(output);
        return Path.Combine(Path.GetDirectoryName(full) ?? "/", "." + Path.GetFileName(full) + Suffix);
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="what">What errors call the output.</param>
    /// <param name="output">The output.</param>
    /// <returns>The lock; null when none can be taken, for example beside a file of another user.</returns>
    /// <exception cref="NceFastException">Another process has it (<see cref="ErrorKind.Output"/>).</exception>
    public static OutputLock? Take(string what, string output)
    {
        string path = PathOf(output);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                OutputPath.RefuseLink(path, path);
                if (TryTake(path) is { } taken)
                    return taken;
            }
            catch (UnauthorizedAccessException)
            {
                return null; // another check reports an output that cannot be written
            }
            catch (IOException) when (File.Exists(path))
            {
                throw new NceFastException(ErrorKind.Output, $"{what} {output} is being written by another process{Owner(path)}. Wait until it ends, or name another path.");
            }
            catch (IOException)
            {
                // The process that held the file deleted it meanwhile, or the folder takes no files, which another check reports.
            }
        }

        return null;
    }

    /// <summary>Deletes the file and lets others take the lock.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _file, null) is not { } file)
            return;
        try
        {
            FileActions.Delete(_path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // The file remains, but it is not locked.
        }

        file.Dispose();
    }

    // Between opening and locking, the previous holder may have deleted the file. Then it protects nothing.
    private static OutputLock? TryTake(string path)
    {
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None;
        WritableFile file = FileActions.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
        string about = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName} {Guid.NewGuid():N}");
        try
        {
            file.SetLength(0);
            file.Write(System.Text.Encoding.UTF8.GetBytes(about));
            if (Read(path) is { } seen && seen != about)
            {
                file.Dispose();
                return null;
            }
        }
        catch (IOException) when (File.Exists(path))
        {
            // The disk is full. The lock works without the text.
        }

        return new OutputLock(path, file);
    }

    private static string Owner(string path) =>
        Read(path)?.Split(' ') is [{ Length: > 0 } process, { } machine, _] && process.All(char.IsAsciiDigit) ? $" ({process} on {machine})" : "";

    // The runtime locks each file that it opens, which fails while another process has the lock.
    private static string? Read(string path)
    {
        try
        {
            using SafeFileHandle handle = OperatingSystem.IsWindows()
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : DurableFolder.OpenUnlocked(path);
            byte[] bytes = new byte[512];
            return handle.IsInvalid ? null : System.Text.Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(handle, bytes, 0));
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            return null;
        }
    }
}
