using System.IO.Enumeration;

namespace NceFast.Files;

/// <summary>
/// Collects the files that one piece of work reads and writes, and compares the files themselves, not the text of their paths. An
/// output that would replace an input or another output is refused when it is added, before any work is done. After
/// <see cref="Hold"/>, a second process that holds one of the same outputs is refused.
/// </summary>
/// <remarks>
/// A method that writes one file knows that file alone. A program that reads one file and writes another adds both here first.
/// Use an instance from one thread at a time.
/// </remarks>
public sealed class FilesInUse : IDisposable
{
    private readonly List<Entry> _inputs = [], _outputs = [];
    private readonly List<Series> _series = [];
    private readonly List<OutputLock> _locks = [];
    private bool _disposed;

    /// <summary>Adds a file that is read. A file that does not exist is ignored.</summary>
    /// <param name="what">Its name in errors, such as "the text".</param>
    /// <param name="path">Its path; null for none.</param>
    /// <exception cref="NceFastException">It is one of the outputs (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
    public void AddInput(string what, string? path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (string.IsNullOrEmpty(path) || !File.Exists(path) || FileIdentity.IsSpecial(path))
            return;
        var input = new Entry(what, path);
        foreach (Entry output in _outputs)
            Compare(output, input, "an input");
        foreach (Series series in _series)
            series.Refuse(input);
        _inputs.Add(input);
    }

    /// <summary>Adds a file that is written. A pipe or device is ignored, because nothing in it is replaced.</summary>
    /// <param name="what">Its name in errors.</param>
    /// <param name="path">Its path; null for none.</param>
    /// <param name="isHeld">Whether <see cref="Hold"/> prevents other processes from writing it.</param>
    /// <exception cref="NceFastException">It is an input or another output (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
    public void AddOutput(string what, string? path, bool isHeld = true)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!string.IsNullOrWhiteSpace(path) && !FileIdentity.IsSpecial(path))
            Add(new Entry(what, path) { IsHeld = isHeld });
    }

    /// <summary>
    /// Adds an output that is already open, such as standard output. The file that it leads to must not be an input or another
    /// output. A terminal, a pipe or a device is ignored.
    /// </summary>
    /// <param name="what">Its name in errors.</param>
    /// <param name="path">A path that leads to it, such as <c>/dev/stdout</c>.</param>
    /// <exception cref="NceFastException">It is an input or another output (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
    public void AddOpenOutput(string what, string path)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (File.Exists(path) && !FileIdentity.IsSpecial(path))
            Add(new Entry(what, path) { IsOpen = true });
    }

    /// <summary>Adds the files of a folder whose names match a pattern and that are written.</summary>
    /// <param name="what">Their name in errors.</param>
    /// <param name="folder">The folder, which may be missing; null for none.</param>
    /// <param name="pattern">Their names, with <c>*</c>.</param>
    /// <exception cref="NceFastException">One of them is an input or another output (<see cref="ErrorKind.Usage"/>).</exception>
    /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
    public void AddOutputs(string what, string? folder, string pattern)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (string.IsNullOrWhiteSpace(folder))
            return;
        var series = new Series(what, folder, FileIdentity.KeyOf(folder), pattern);
        foreach (Entry other in _inputs.Concat(_outputs))
            series.Refuse(other);
        _series.Add(series);
    }

    /// <summary>Prevents other processes from holding the same outputs until this object is disposed or the process ends in any way.</summary>
    /// <exception cref="NceFastException">Another process holds one of them, or a folder takes no files (<see cref="ErrorKind.Output"/>).</exception>
    /// <exception cref="ObjectDisposedException">The list was disposed.</exception>
    public void Hold()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        foreach (Entry output in _outputs.Where(o => o.IsHeld && !o.IsDevice))
        {
            if (OutputLock.Take(output.What, output.Path) is { } taken)
                _locks.Add(taken);
        }
    }

    /// <summary>Lets other processes write the outputs.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (OutputLock held in _locks)
            held.Dispose();
        _locks.Clear();
    }

    private void Add(Entry output)
    {
        foreach (Entry input in _inputs)
            Compare(output, input, "an input");
        foreach (Entry other in _outputs.Where(o => o.IsOpen ? !output.IsOpen && !output.IsDevice : !(output.IsOpen && o.IsDevice)))
            Compare(output, other, "another output");
        foreach (Series series in _series)
            series.Refuse(output);
        _outputs.Add(output);
    }

    private static void Compare(Entry output, Entry other, string role)
    {
        if (output.Key != other.Key)
            return;
        string how = output.Path == other.Path ? "" : ", by a link or another spelling";
        string change = output.IsOpen ? $"Send {output.What} to another file." : $"Name another path for {output.What}.";
        throw new NceFastException(ErrorKind.Usage, $"{output.Name} and {other.Name} are the same file{how}; an output must not replace {role}. {change}");
    }

    private sealed class Entry(string what, string path)
    {
        public string What { get; } = what;

        public string Path { get; } = path;

        public string Key { get; } = FileIdentity.KeyOf(path);

        /// <summary>Gets the identity of its folder. It is computed when needed, because a text may have millions of files.</summary>
        public string FolderKey => FileIdentity.KeyOf(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "/");

        /// <summary>Gets whether other processes must not write it.</summary>
        public bool IsHeld { get; init; }

        /// <summary>Gets whether it is open already.</summary>
        public bool IsOpen { get; init; }

        /// <summary>Gets whether it is written through a device such as <c>/dev/stdout</c>.</summary>
        public bool IsDevice => OutputPath.IsDevice(System.IO.Path.GetFullPath(Path));

        public string Name => IsOpen || IsDevice ? What : $"{What} {Path}";
    }

    private sealed record Series(string What, string Folder, string FolderKey, string Pattern)
    {
        public void Refuse(Entry other)
        {
            string name = System.IO.Path.GetFileName(other.Path);
            if (FileSystemName.MatchesSimpleExpression(Pattern, name, ignoreCase: false) && other.FolderKey == FolderKey)
                throw new NceFastException(ErrorKind.Usage, $"{other.Name} has a name that {What} {Folder} uses for files of its own ({Pattern}); name another path or another folder.");
        }
    }
}
