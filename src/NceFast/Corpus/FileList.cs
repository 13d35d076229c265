using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Unicode;
using NceFast.Files;

namespace NceFast.Corpus;

/// <summary>
/// Represents a list of files to read, one file, folder or glob per line. Blank lines and lines that begin with # are left out.
/// Relative paths are relative to the current folder.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public sealed class FileList
{
    /// <summary>The largest number of bytes in a line.</summary>
    public const int MaxLineBytes = 32_767;

    private const string StandardInputName = "-";
    private readonly List<ListedPath> _entries = [];

    private FileList(string name) => Name = name;

    /// <summary>Gets the name of the list in messages.</summary>
    public string Name { get; }

    /// <summary>Gets the paths, in the order of the list.</summary>
    public IReadOnlyList<string> Paths => _entries.ConvertAll(entry => entry.Path);

    /// <summary>Gets the paths with the numbers of their lines.</summary>
    internal IReadOnlyList<ListedPath> Entries => _entries;

    /// <summary>Reads a list.</summary>
    /// <param name="path">A file of UTF-8 text, which may be compressed like any text, or "-" for standard input.</param>
    /// <exception cref="NceFastException">
    /// The list cannot be read, or it names no file, a file that does not exist or standard input (<see cref="ErrorKind.Input"/>).
    /// </exception>
    public static FileList Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path == StandardInputName ? Read(StandardInput.Open(), "standard input") : Read(new CorpusFiles().Find(path).OpenText(new TextReading()), path);
    }

    /// <summary>Reads a list from a stream.</summary>
    /// <param name="stream">UTF-8 text, which may be compressed like any text. The stream is read once and then closed.</param>
    /// <param name="name">The name of the list in messages.</param>
    /// <exception cref="NceFastException">The same cases as for <see cref="Read(string)"/>.</exception>
    public static FileList Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(TextInput.Open(stream, name), name);
    }

    /// <summary>Returns the place of a line in messages.</summary>
    internal string PlaceOf(int line) => FormattableString.Invariant($"{Name}, line {line:N0}");

    private static FileList Read(TextInput input, string name)
    {
        var list = new FileList(name);
        using (input)
            list.ReadLines(input.Pipe);
        return list._entries.Count > 0 ? list : throw new NceFastException(ErrorKind.Input, $"{name} names no file; write one file, folder or glob per line.");
    }

    private void ReadLines(PipeReader pipe)
    {
        int line = 0;
        bool ended = false;
        while (!ended)
        {
            ReadResult result = ReadMore(pipe);
            ReadOnlySequence<byte> text = result.Buffer;
            while (text.PositionOf((byte)'\n') is { } end)
            {
                Add(text.Slice(0, end), ++line);
                text = text.Slice(text.GetPosition(1, end));
            }

            EnsureShort(text, line + 1);
            ended = result.IsCompleted;
            if (ended && !text.IsEmpty)
                Add(text, ++line);
            pipe.AdvanceTo(ended ? text.End : text.Start, text.End);
        }
    }

    private ReadResult ReadMore(PipeReader pipe)
    {
        try
        {
            return TextInput.Read(pipe, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{Name} cannot be read: {e.Message}", e);
        }
    }

    private void Add(in ReadOnlySequence<byte> bytes, int line)
    {
        EnsureShort(bytes, line);
        ReadOnlySpan<byte> text = bytes.ToArray();
        text = text.EndsWith("\r"u8) ? text[..^1] : text;
        if (text.StartsWith("#"u8) || !text.ContainsAnyExcept(" \t"u8))
            return;
        if (!Utf8.IsValid(text) || text.Contains((byte)0))
            throw Wrong(line, "is not a path in UTF-8; write one file, folder or glob per line.");
        string path = Encoding.UTF8.GetString(text);
        if (path == StandardInputName)
            throw Wrong(line, "names standard input ('-'), which a list cannot name; name it on the command line, or write ./- for a file of this name.");
        // Checked at once, so that a text that is given in place of a list is not read to its end.
        if (!path.Contains('*') && !Path.Exists(path))
            throw Wrong(line, $"names '{path}', which does not exist; write one file, folder or glob (with * or **) per line, relative to {Directory.GetCurrentDirectory()}.");
        if (_entries.Count == BlockNumber.MaxItems)
            throw Wrong(line, $"is the path after the last of {BlockNumber.MaxItems:N0} paths, which are the most that a corpus may have; join small files to larger ones.");
        _entries.Add(new ListedPath(path, line));
    }

    private void EnsureShort(in ReadOnlySequence<byte> text, int line)
    {
        if (text.Length > MaxLineBytes + 1)
            throw Wrong(line, FormattableString.Invariant($"has more than {MaxLineBytes:N0} bytes, which no path has; write one file, folder or glob per line."));
    }

    private NceFastException Wrong(int line, string what) => new(ErrorKind.Input, $"{PlaceOf(line)} {what}");
}

/// <summary>A path of a list.</summary>
/// <param name="Path">The path as written.</param>
/// <param name="Line">The number of its line, from 1.</param>
internal readonly record struct ListedPath(string Path, int Line);
