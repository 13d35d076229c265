using System.Buffers;

namespace NceFast.Files;

/// <summary>
/// Names temporary files beside outputs, and removes those of killed processes. The system locks a temporary file as long as its
/// writer runs. A file is removed only when it has such a name, is not locked, and is not new.
/// </summary>
internal static class Temporaries
{
    private const string Mark = ".ncefast-", Suffix = ".tmp";
    private const int Digits = 8;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // For a moment after it is made, a file is not locked.
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(2);

    /// <summary>Returns a new path beside an output, which others cannot predict.</summary>
    /// <param name="target">Full path of the output.</param>
    public static string NameFor(string target) => $"{target}{Mark}{Guid.NewGuid().ToString("N")[..Digits]}{Suffix}";

    /// <summary>Removes the temporary files that killed processes left beside an output.</summary>
    /// <param name="target">Full path of the output.</param>
    public static void RemoveStale(string target)
    {
        try
        {
            string folder = Path.GetDirectoryName(target) ?? "/", start = Path.GetFileName(target) + Mark;
            foreach (string path in Directory.EnumerateFiles(folder, "*" + Suffix).Where(p => IsOurs(Path.GetFileName(p.AsSpan()), start)).ToArray())
                RemoveUnlessHeld(path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // The folder may not be listed, so the files remain.
        }
    }

    private static bool IsOurs(ReadOnlySpan<char> name, string start) =>
        name.Length == start.Length + Digits + Suffix.Length && name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal)
        && !name.Slice(start.Length, Digits).ContainsAnyExcept(HexDigits);

    private static void RemoveUnlessHeld(string path)
    {
        try
        {
            if (new FileInfo(path).LinkTarget is not null || DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < Youth)
                return;
            using WritableFile held = OpenAlone(path); // throws while its writer runs
            if (!LocksWork(path))
                return;
            if (OperatingSystem.IsWindows())
                held.Dispose();
            FileActions.Delete(path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // Its writer runs, or it belongs to another user.
        }
    }

    // Some network file systems silently lock nothing. There the file can be opened a second time.
    private static bool LocksWork(string path)
    {
        try
        {
            OpenAlone(path).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static WritableFile OpenAlone(string path) => FileActions.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
}
