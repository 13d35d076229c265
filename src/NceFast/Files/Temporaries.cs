using System.Buffers;

namespace NceFast.Files;

/// <summary>
/// Names of temporary files beside outputs, and their removal when the process that wrote one was killed. The system locks a
/// temporary file as long as its writer lives; only one that has such a name, is not locked and is not new is removed.
/// </summary>
internal static class Temporaries
{
    private const string Mark = ".ncefast-", Suffix = ".tmp";
    private const int Digits = 8;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // A file is not locked in the moment after it is made.
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(2);

    /// <summary>A new name beside an output, which others cannot foresee.</summary>
    /// <param name="target">Full path of the output.</param>
    public static string NameFor(string target) => $"{target}{Mark}{Guid.NewGuid().ToString("N")[..Digits]}{Suffix}";

    /// <summary>Removes what killed processes left beside an output.</summary>
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
            // A folder that may not be listed; they stay.
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
            using FileStream held = OpenAlone(path); // throws while its writer lives
            if (!LocksWork(path))
                return;
            if (OperatingSystem.IsWindows())
                held.Dispose();
            File.Delete(path);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // Its writer lives, or it belongs to another user.
        }
    }

    // Some network file systems lock nothing, and say so to nobody; there a second opening succeeds.
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

    private static FileStream OpenAlone(string path) => new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0);
}
