using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Describes how the files that a training reads differ from those that it read before.</summary>
internal static class InputDifferences
{
    // A message names no more files than a person reads.
    private const int Most = 5;

    /// <summary>Compares two lists of files.</summary>
    /// <returns>At most a few differences, each with the name of a file, and how many more there are; empty when the contents are the same in the same order.</returns>
    public static IEnumerable<string> Between(IReadOnlyList<InputFingerprint> then, IReadOnlyList<InputFingerprint> now)
    {
        List<string> all = [.. All(then, now)];
        return all.Count <= Most ? all : [.. all.Take(Most), FormattableString.Invariant($"{all.Count - Most:N0} more files differ")];
    }

    private static IEnumerable<string> All(IReadOnlyList<InputFingerprint> then, IReadOnlyList<InputFingerprint> now)
    {
        // A corpus that was moved to another folder has other names and the same content.
        bool isSameCount = then.Count == now.Count;
        if (isSameCount && !then.Zip(now).Any(pair => pair.First.DifferenceTo(pair.Second) is not null))
            return [];
        HashSet<string> old = [.. then.Select(file => file.Name)], current = [.. now.Select(file => file.Name)];
        if (isSameCount && (old.SetEquals(current) || !old.Overlaps(current)))
            return then.Zip(now, (was, has) => was.DifferenceTo(has)).OfType<string>();
        IEnumerable<string> count = isSameCount ? [] : [FormattableString.Invariant($"it read {then.Count:N0} files and is to read {now.Count:N0}")];
        return count
            .Concat(then.Where(file => !current.Contains(file.Name)).Select(file => $"{file.Name} is not read any more"))
            .Concat(now.Where(file => !old.Contains(file.Name)).Select(file => $"{file.Name} was not read before"));
    }
}
