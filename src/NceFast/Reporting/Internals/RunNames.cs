namespace NceFast.Reporting.Internals;

/// <summary>Names runs by the ends of their paths.</summary>
internal static class RunNames
{
    /// <summary>Gets the shortest ends of the paths that are all different.</summary>
    /// <param name="folders">The runs.</param>
    /// <exception cref="NceFastException">A folder is given twice (<see cref="ErrorKind.Usage"/>).</exception>
    public static string[] Of(IReadOnlyList<RunFolder> folders)
    {
        string[][] parts = [.. folders.Select(f => Parts(Path.GetFullPath(f.Path)))];
        for (int length = 1; ; length++)
        {
            string[] names = [.. parts.Select(p => string.Join('/', p.TakeLast(length)))];
            if (names.Distinct(StringComparer.Ordinal).Count() == names.Length)
                return names;
            if (length >= parts.Max(p => p.Length))
                throw new NceFastException(ErrorKind.Usage, $"The run {folders[Twice(names)].Path} is given twice; each run of a report must be given once. Remove one of both.");
        }
    }

    // Names are folders below another one, so that none begins at a root.
    private static string[] Parts(string path) => path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar, Path.VolumeSeparatorChar], StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts ? parts : ["run"];

    private static int Twice(string[] names) => Enumerable.Range(0, names.Length).First(i => Array.IndexOf(names, names[i]) < i);
}
