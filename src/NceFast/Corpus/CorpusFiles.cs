using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>Turns what a user names (files, folders, globs, "-") into corpus items, in an order that never varies.</summary>
internal static class CorpusFiles
{
    private const string StandardInput = "-";

    public static List<CorpusItem> Resolve(IEnumerable<string> paths, Func<Stream> standardInput)
    {
        var items = new List<CorpusItem>();
        bool standardInputUsed = false;
        foreach (string path in paths)
        {
            if (path == StandardInput)
            {
                if (standardInputUsed)
                    throw new NceFastException(ErrorKind.Usage, "'-' (standard input) is named twice; name it once.");
                standardInputUsed = true;
                items.Add(new SequentialItem("standard input", -1, false, () => TextInput.Open(standardInput(), "standard input")));
            }
            else
            {
                items.AddRange(Expand(path).Select(Inspect));
            }
        }

        if (items.Count == 0)
            throw new NceFastException(ErrorKind.Usage, "No corpus is named; give a file, a folder, a glob or '-' for standard input.");
        return items;
    }

    /// <summary>Whether a file that does not exist yet would be read as part of what the user names.</summary>
    public static bool WouldRead(string input, string file)
    {
        if (input.Length == 0 || input == StandardInput || File.Exists(input) || !(Directory.Exists(input) || input.Contains('*')))
            return false;
        (string root, string pattern) = Directory.Exists(input) ? (input, "**/*") : SplitGlob(input);
        string relative = Path.GetRelativePath(Path.GetFullPath(root), Path.GetFullPath(file));
        return !Path.IsPathRooted(relative) && !relative.StartsWith("..", StringComparison.Ordinal) && CreateMatcher(pattern).Match(relative).HasMatches;
    }

    /// <summary>Opens a file for reading; failures name it.</summary>
    public static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be opened: {e.Message}", e);
        }
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (path.Length == 0)
            throw new NceFastException(ErrorKind.Usage, "An empty corpus path is given; name a file, a folder, a glob or '-'.");
        if (File.Exists(path))
            return [path];
        if (Directory.Exists(path))
        {
            List<string> files = Match(path, "**/*");
            return files.Count > 0 ? files : throw new NceFastException(ErrorKind.Input, $"The folder {path} holds no files (names that begin with a dot are left out).");
        }

        if (!path.Contains('*'))
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; name a file, a folder, a glob (with * or **) or '-' for standard input.");

        (string root, string pattern) = SplitGlob(path);
        List<string> found = Directory.Exists(root) ? Match(root, pattern) : [];
        return found.Count > 0 ? found : throw new NceFastException(ErrorKind.Input, $"The glob {path} matches no file under {Path.GetFullPath(root)}.");
    }

    private static List<string> Match(string root, string pattern)
    {
        Matcher matcher = CreateMatcher(pattern);
        try
        {
            List<string> files = [.. matcher.GetResultsInFullPath(root)];
            files.Sort(StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"The folder {root} cannot be listed: {e.Message}", e);
        }
    }

    private static Matcher CreateMatcher(string pattern)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddInclude(pattern);
        matcher.AddExclude("**/.*");
        matcher.AddExclude("**/.*/**");
        return matcher;
    }

    /// <summary>The folders before the first wildcard, and the rest.</summary>
    private static (string Root, string Pattern) SplitGlob(string path)
    {
        string unified = path.Replace(Path.DirectorySeparatorChar, '/');
        int slash = unified.LastIndexOf('/', unified.IndexOf('*'));
        return slash switch
        {
            < 0 => (".", unified),
            0 => ("/", unified[1..]),
            _ => (unified[..slash], unified[(slash + 1)..]),
        };
    }

    private static CorpusItem Inspect(string path)
    {
        FileStream file = OpenStream(path);
        // A named pipe must stay open: its writer would see it closed, and what was read would be lost.
        if (!file.CanSeek)
            return new SequentialItem(path, -1, false, () => TextInput.Open(file, path));
        using (file)
            return InspectRegular(path, file.SafeFileHandle);
    }

    private static CorpusItem InspectRegular(string path, SafeFileHandle handle)
    {
        Span<byte> head = stackalloc byte[ContentKind.SniffBytes];
        long length = RandomAccess.GetLength(handle);
        head = head[..ReadHead(handle, head, path)];
        if (ContentKind.IsGzip(head))
            return new SequentialItem(path, length, true, () => TextInput.Open(OpenStream(path), path));
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            throw new NceFastException(ErrorKind.Input, $"{path} is named .gz but does not begin as gzip does (bytes 1F 8B); rename it if it is plain text, else fetch it anew.");
        ContentKind.Refuse(path, head);
        return new PlainFile(path, length, ContentKind.Utf8Mark(head));
    }

    private static int ReadHead(SafeFileHandle handle, Span<byte> head, string path)
    {
        try
        {
            return RandomAccess.Read(handle, head, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    private static FileStream OpenStream(string path) => new(Open(path), FileAccess.Read, 0);
}
