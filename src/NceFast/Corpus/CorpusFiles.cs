using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using NceFast.Files;

namespace NceFast.Corpus;

/// <summary>
/// Resolves what a user names (files, folders, globs, "-") to corpus items, in a deterministic order. All code that reads text
/// opens it through this class, so that all of it accepts and rejects the same files.
/// </summary>
/// <param name="logger">Receives warnings about entries that are left out and pipes without a writer; may be null.</param>
/// <param name="cancellation">Cancels the wait for the writer of a pipe.</param>
/// <param name="options">Where the text of a file is, and how its words are written; null for plain text.</param>
internal sealed class CorpusFiles(ILogger? logger = null, CancellationToken cancellation = default, TextOptions? options = null)
{
    private const string StandardInputName = "-";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly ILogger _logger = logger ?? NullLogger.Instance;
    private readonly TextOptions _options = options ?? new();

    /// <summary>Resolves the paths of a corpus: first those given, then those of a list.</summary>
    public List<CorpusItem> Resolve(IEnumerable<string> paths, FileList? list, Func<Stream> standardInput)
    {
        var found = new List<Found>();
        foreach (string path in paths)
        {
            if (path != StandardInputName)
                found.AddRange(Find(path, 0));
            else if (found.Exists(f => f.IsStandardInput))
                throw new NceFastException(ErrorKind.Usage, "'-' (standard input) is named twice; name it once.");
            else
                found.Add(new Found(path, 0) { IsStandardInput = true });
        }

        foreach (ListedPath entry in list?.Entries ?? [])
            found.AddRange(At(list, entry.Line, () => Find(entry.Path, entry.Line)));
        if (found.Count == 0)
            throw new NceFastException(ErrorKind.Usage, "No corpus is given; name a file, a folder, a glob, '-' for standard input, or a list of files.");
        BlockNumber.EnsureItems(found.Count);
        return InspectAll(found, list, standardInput);
    }

    /// <summary>Determines whether a file that does not exist yet would be read as part of an input.</summary>
    public static bool WouldRead(string input, string file)
    {
        if (input.Length == 0 || input == StandardInputName || File.Exists(input) || !(Directory.Exists(input) || input.Contains('*')))
            return false;
        (string root, string pattern) = Directory.Exists(input) ? (input, "**/*") : SplitGlob(input);
        string relative = Path.GetRelativePath(Path.GetFullPath(root), Path.GetFullPath(file));
        return !Path.IsPathRooted(relative) && !relative.StartsWith("..", StringComparison.Ordinal) && CreateMatcher(pattern).Match(relative).HasMatches;
    }

    /// <summary>Finds one text: a file, or standard input for "-".</summary>
    /// <exception cref="NceFastException">
    /// The path is missing, is a folder, or is not text (<see cref="ErrorKind.Input"/>).
    /// </exception>
    public CorpusItem Find(string path)
    {
        if (path == StandardInputName)
            return OfStandardInput(StandardInput.Open);
        if (Directory.Exists(path))
            throw new NceFastException(ErrorKind.Input, $"{path} is a folder; name one file of text, or '-' for standard input.");
        if (!File.Exists(path))
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; name a file of text, or '-' for standard input.");
        return Inspect(path, 0);
    }

    /// <summary>Throws when a text can be read only once.</summary>
    /// <param name="path">The path of the text.</param>
    /// <param name="what">The purpose of the text; the message begins with it.</param>
    /// <exception cref="NceFastException">
    /// The text is a pipe, a socket or standard input (<see cref="ErrorKind.Input"/>).
    /// </exception>
    public static void EnsureRereadable(string path, string what)
    {
        if (path == StandardInputName || FileTypes.Of(path) is FileType.Pipe or FileType.Socket)
            throw new NceFastException(ErrorKind.Input, $"{what} is read several times, and {(path == StandardInputName ? "standard input" : path)} can be read only once; store it in a file.");
    }

    /// <summary>Opens a file for reading. The exception names the file.</summary>
    public static SafeFileHandle Open(string path)
    {
        try
        {
            FileActions.Reading(path);
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Opens a file for reading from its start, without a buffer in the stream.</summary>
    public static FileStream OpenStream(string path) => new(Open(path), FileAccess.Read, 0);

    private static SequentialItem OfStandardInput(Func<Stream> open) =>
        new("standard input", -1, false, reading => TextInput.Open(open(), "standard input", reading));

    private IEnumerable<Found> Find(string path, int line)
    {
        List<string> files = Expand(path);
        bool isSelected = files is not [string only] || only != path;
        return files.Select(file => new Found(file, line) { IsSelected = isSelected });
    }

    private List<string> Expand(string path)
    {
        if (path.Length == 0)
            throw new NceFastException(ErrorKind.Usage, "An empty corpus path is given; name a file, a folder, a glob or '-'.");
        if (File.Exists(path))
            return [path];
        if (Directory.Exists(path))
        {
            List<string> files = Match(path, "**/*");
            return files.Count > 0 ? files : throw new NceFastException(ErrorKind.Input, $"The folder {path} holds no files that can be read (names that begin with a dot are left out).");
        }

        if (!path.Contains('*'))
            throw new NceFastException(ErrorKind.Input, $"{path} does not exist; name a file, a folder, a glob (with * or **) or '-' for standard input.");

        (string root, string pattern) = SplitGlob(path);
        List<string> found = Directory.Exists(root) ? Match(root, pattern) : [];
        return found.Count > 0 ? found : throw new NceFastException(ErrorKind.Input, $"The glob {path} matches no file under {Path.GetFullPath(root)}.");
    }

    private List<string> Match(string root, string pattern)
    {
        Matcher matcher = CreateMatcher(pattern);
        try
        {
            var folder = new ListedFolder(new DirectoryInfo(root), path => InputLog.NameNotUtf8(_logger, path));
            string[] files = [.. matcher.Execute(folder).Files.Select(file => Path.GetFullPath(Path.Combine(root, file.Path)))];
            Array.Sort(files, StringComparer.Ordinal);
            var types = new FileType[files.Length];
            OrderedWork.Run(files.Length, i => types[i] = FileTypes.Of(files[i]), cancellation);
            return [.. files.Where((file, i) => IsRegular(file, types[i]))];
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

    // Pipes and devices that happen to lie in a folder are skipped: reading some of them never ends.
    private bool IsRegular(string path, FileType type)
    {
        if (type is FileType.Regular or FileType.Unknown)
            return true;
        InputLog.NotRegular(_logger, path, type.ToString().ToLowerInvariant());
        return false;
    }

    /// <summary>Splits a glob into the folders before the first wildcard and the rest.</summary>
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

    // A corpus may have a hundred thousand files, each of which is opened. Several threads open them; the first error in the order of the
    // list is the one that is reported. Pipes are opened afterwards in their order, because opening one waits for its writer.
    private List<CorpusItem> InspectAll(List<Found> found, FileList? list, Func<Stream> standardInput)
    {
        var items = new CorpusItem?[found.Count];
        OrderedWork.Run(found.Count, i =>
        {
            if (!found[i].IsStandardInput && (found[i].IsSelected || FileTypes.Of(found[i].Path) != FileType.Pipe))
                items[i] = At(list, found[i].Line, () => Inspect(found[i].Path, i));
        }, cancellation);
        for (int i = 0; i < items.Length; i++)
            items[i] ??= found[i].IsStandardInput ? OfStandardInput(standardInput) : At(list, found[i].Line, () => Inspect(found[i].Path, i));
        return [.. items.Select(item => item!)];
    }

    // Adds the line of the list to an error.
    private static T At<T>(FileList? list, int line, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (NceFastException e) when (line > 0 && list is not null)
        {
            throw new NceFastException(e.Kind, $"{list.PlaceOf(line)}: {e.Message}", e) { Members = e.Members };
        }
    }

    private CorpusItem Inspect(string path, int item)
    {
        FileType type = FileTypes.Of(path);
        if (type == FileType.Socket)
            throw new NceFastException(ErrorKind.Input, $"{path} is a socket, which cannot be opened as a file; pipe its text to standard input and name '-'.");
        FileStream file = type == FileType.Pipe ? OpenPipe(path) : OpenStream(path);
        // A named pipe must stay open. If it were closed here, its writer would fail, and the bytes read so far would be lost.
        if (!file.CanSeek)
            return new SequentialItem(path, -1, false, reading => TextInput.Open(file, path, reading));
        using (file)
            return InspectSeekable(path, item, file.SafeFileHandle);
    }

    // The system call waits for a writer and cannot be interrupted; therefore another thread makes it.
    private FileStream OpenPipe(string path)
    {
        Task<FileStream> opening = Task.Factory.StartNew(() => OpenStream(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([opening], (int)Patience.TotalMilliseconds, cancellation) < 0)
        {
            InputLog.WaitingForWriter(_logger, path);
            Task.WaitAny([opening], cancellation);
        }

        return opening.GetAwaiter().GetResult();
    }

    private CorpusItem InspectSeekable(string path, int item, SafeFileHandle handle)
    {
        Span<byte> head = stackalloc byte[ContentKind.SniffBytes];
        long length = RandomAccess.GetLength(handle);
        head = head[..ReadHead(handle, head, path)];
        if (_options.Fields.Count > 0 && Recognised(head) is { } format)
            return new SequentialItem(path, length, true, reading => OpenRecords(path, format, reading.PartsAtOnce));
        Compression.EnsureNamedRightly(path, head);
        // Devices and files in /proc report a length of 0 but have content; they are read to their end.
        bool isDevice = length == 0 && head.Length > 0;
        if (Compression.Of(head) is not null || _options.HasRecords || isDevice)
            return new SequentialItem(path, isDevice ? -1 : length, true, reading => TextInput.Open(OpenStream(path), path, reading));
        ContentKind.Refuse(path, head);
        TextInput.WarnOfDoubt(path, head, new TextReading { Logger = _logger, Item = item });
        return new PlainFile(path, length, ContentKind.Utf8Mark(head));
    }

    private IRecordFileFormat? Recognised(ReadOnlySpan<byte> head)
    {
        foreach (IRecordFileFormat format in _options.RecordFiles)
        {
            if (format.Recognises(head))
                return format;
        }

        return null;
    }

    private TextInput OpenRecords(string path, IRecordFileFormat format, int partsAtOnce)
    {
        Stream text = format.Open(path, _options.Fields, partsAtOnce);
        return new TextInput(TextInput.CreatePipe(text), 0, text as DecodingStream);
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

    /// <summary>A file to read.</summary>
    /// <param name="Path">The path.</param>
    /// <param name="Line">The line of the list that names it; 0 for none.</param>
    private readonly record struct Found(string Path, int Line)
    {
        public bool IsStandardInput { get; init; }

        /// <summary>Gets whether a folder or a glob selected it; then it is a regular file.</summary>
        public bool IsSelected { get; init; }
    }
}
