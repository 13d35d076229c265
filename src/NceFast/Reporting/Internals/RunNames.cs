namespace NceFast.Reporting.Internals;

/// <summary>Names runs by the ends of their paths.</summary>
internal static class RunNames
{
    /// <summary>Gets the shortest ends of the paths that are all different.</summary>
    /// <param name="folders">The runs.</param>
    /// <exception cref="NceFastException">A folder is given twice (<see cref="ErrorKind.Usage"/>).</exception>
    public static string[] Of(IReadOnlyList<RunFolder> folders)
    {
        string[][] parts = [.. folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f.Path)).Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))];
        for (int length = 1; ; length++)
        {
            string[] names = [.. parts.Select(p => string.Join('/', p.TakeLast(length)))];
            if (names.Distinct(StringComparer.Ordinal).Count() == names.Length)
                return names;
            if (length >= parts.Max(p => p.Length))
                throw new NceFastException(ErrorKind.Usage, $"The run {folders[Twice(names)].Path} is given twice; each run of a report must be given once. Remove one of both.");
        }
    }

    private static int Twice(string[] names) => Enumerable.Range(0, names.Length).First(i => Array.IndexOf(names, names[i]) < i);
}
