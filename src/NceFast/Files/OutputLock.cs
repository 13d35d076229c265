using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>
/// A file beside an output that one process at a time holds locked, from before its work until the output is written. The
/// system ends the lock with the process, so that a file which a killed process left does not block the next one.
/// </summary>
internal sealed class OutputLock : IDisposable
{
    private const string Suffix = ".ncefast-lock";
    private const int Attempts = 10;
    private readonly string _path;
    private FileStream? _file;

    private OutputLock(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>Name of the file: hidden, and thus no text where folders are read.</summary>
    public static string PathOf(string output)
    {
        string full = Path.GetFullPath(output);
        return Path.Combine(Path.GetDirectoryName(full) ?? "/", "." + Path.GetFileName(full) + Suffix);
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="what">What errors call the output.</param>
    /// <param name="output">The output.</param>
    /// <returns>The lock; null where none can be had, as beside a file of another user.</returns>
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
                return null; // a lock is a courtesy; whether the output can be written is checked elsewhere
            }
            catch (IOException) when (File.Exists(path))
            {
                throw new NceFastException(ErrorKind.Output, $"{what} {output} is being written by another run{Owner(path)}; wait for it to end, or name another path.");
            }
            catch (IOException)
            {
                // It was deleted meanwhile by the process that held it, or the folder takes no files, which another check reports.
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
            File.Delete(_path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // It stays, unlocked.
        }

        file.Dispose();
    }

    // The file may have been deleted between opening and locking by the process that held it before; then it is no lock.
    private static OutputLock? TryTake(string path)
    {
        FileShare share = OperatingSystem.IsWindows() ? FileShare.Read | FileShare.Delete : FileShare.None;
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, share, 0);
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
            // A full disk takes no text; the lock holds without.
        }

        return new OutputLock(path, file);
    }

    private static string Owner(string path) =>
        Read(path)?.Split(' ') is [{ Length: > 0 } process, { } machine, _] && process.All(char.IsAsciiDigit) ? $" (process {process} on {machine})" : "";

    // What the runtime opens it locks too, which is refused while another process has the lock.
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
