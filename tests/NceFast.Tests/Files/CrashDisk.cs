using System.IO.Hashing;
using NceFast.Files;

namespace NceFast.Tests.Files;

/// <summary>Represents an action on a file, with its data.</summary>
internal sealed record DiskAction(FileActionKind Kind, string Path, string? Target, long Position, byte[] Data);

/// <summary>Records the actions on files below a folder.</summary>
internal sealed class ActionRecorder(string root)
{
    private readonly List<DiskAction> _actions = [];

    public IReadOnlyList<DiskAction> Actions => _actions;

    /// <summary>Does work and records its actions.</summary>
    public void Record(Action work)
    {
        FileActions.Hook.Value = Add;
        try
        {
            work();
        }
        finally
        {
            FileActions.Hook.Value = null;
        }
    }

    private void Add(in FileAction action, ReadOnlySpan<byte> data)
    {
        if (action.Kind == FileActionKind.Read || !action.Path.StartsWith(root, StringComparison.Ordinal))
            return;
        lock (_actions)
            _actions.Add(new DiskAction(action.Kind, action.Path, action.Target, action.Position, data.ToArray()));
    }
}

/// <summary>Represents a file after a crash.</summary>
/// <param name="Bytes">Its content.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Hash">A hash of both.</param>
internal sealed record CrashedFile(byte[] Bytes, UnixFileMode Mode, string Hash);

/// <summary>Represents the files below a folder after a crash, by their paths; null when the folder itself is lost.</summary>
internal sealed record CrashedFolder(SortedDictionary<string, CrashedFile>? Files)
{
    /// <summary>Gets a text that is equal for equal files with names that match.</summary>
    public string Key(Func<string, bool> matches) =>
        Files is null ? "none" : string.Join('\n', Files.Where(f => matches(f.Key)).Select(f => f.Key + " " + f.Value.Hash));
}

/// <summary>
/// Represents a disk that follows recorded actions and enumerates what a crash may leave. A change of a name is certain only
/// when its folder was flushed afterwards, and bytes and permissions only when the file was flushed afterwards. Of the changes
/// that are not certain, any subset may be on the disk. Of a file with such bytes, none, the first half, all, or zeros of the right length may be.
/// </summary>
internal sealed class CrashDisk
{
    private const int Exhaustive = 6, Contents = 4;
    private readonly Dictionary<string, Node> _live = new(StringComparer.Ordinal), _durable = new(StringComparer.Ordinal);
    private readonly HashSet<string> _durableFolders = new(StringComparer.Ordinal);
    private readonly List<(DiskAction Action, Node? Node)> _names = [];

    /// <summary>Adds a file that is on the disk from the beginning.</summary>
    public void Add(string path, byte[] bytes, UnixFileMode mode)
    {
        _durableFolders.Add(Path.GetDirectoryName(path)!);
        _live[path] = _durable[path] = new Node { Bytes = bytes, Mode = mode };
    }

    /// <summary>Does an action.</summary>
    public void Apply(DiskAction action)
    {
        switch (action.Kind)
        {
            case FileActionKind.CreateFolder:
                _names.Add((action, null));
                break;
            case FileActionKind.Create:
            case FileActionKind.Open when !_live.ContainsKey(action.Path):
                _live[action.Path] = new Node();
                _names.Add((action, _live[action.Path]));
                break;
            case FileActionKind.Write or FileActionKind.SetLength or FileActionKind.SetMode when _live.TryGetValue(action.Path, out Node? node):
                node.Pending.Add(action);
                break;
            case FileActionKind.Flush when _live.TryGetValue(action.Path, out Node? node):
                node.Flush();
                break;
            case FileActionKind.FlushFolder:
                FlushFolder(action.Path);
                break;
            case FileActionKind.Rename:
                _live.Remove(action.Path, out Node? moved);
                _live[action.Target!] = moved!;
                _names.Add((action, moved));
                break;
            case FileActionKind.Delete:
                if (_live.Remove(action.Path, out Node? deleted))
                    _names.Add((action, deleted));
                break;
        }
    }

    /// <summary>Returns the content that a file has before a crash; null when it is missing.</summary>
    public byte[]? Live(string path) => _live.TryGetValue(path, out Node? node) ? node.Content(Contents - 1).Bytes : null;

    /// <summary>Gets the paths of all files before a crash.</summary>
    public IEnumerable<string> LivePaths => _live.Keys;

    /// <summary>Enumerates what a crash may leave of a folder.</summary>
    /// <param name="folder">The folder, or a folder above several.</param>
    /// <param name="random">Chooses states where there are too many.</param>
    /// <param name="samples">How many are chosen then.</param>
    public IEnumerable<CrashedFolder> States(string folder, Random random, int samples)
    {
        (DiskAction Action, Node? Node)[] names = [.. _names.Where(n => IsIn(n.Action.Path, folder))];
        Node[] dirty = [.. _durable.Where(d => IsIn(d.Key, folder)).Select(d => d.Value).Concat(names.Select(n => n.Node).OfType<Node>()).Distinct().Where(n => n.Pending.Count > 0)];
        if (names.Length + dirty.Length <= Exhaustive)
        {
            for (int choice = 0; choice < 1 << (names.Length + (2 * dirty.Length)); choice++)
                yield return State(folder, names, dirty, i => ((choice >> i) & 1) == 1, i => (choice >> (names.Length + (2 * i))) & 3);
            yield break;
        }

        yield return State(folder, names, dirty, _ => true, _ => Contents - 1);
        for (int content = 0; content < Contents; content++)
        {
            yield return State(folder, names, dirty, _ => true, _ => content);
            yield return State(folder, names, dirty, _ => false, _ => content);
        }

        for (int i = 0; i < samples; i++)
            yield return State(folder, names, dirty, _ => random.Next(2) == 1, _ => random.Next(Contents));
    }

    private static bool IsIn(string path, string folder) => path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string FolderOf(DiskAction action) => Path.GetDirectoryName(action.Path)!;

    private void FlushFolder(string folder)
    {
        foreach ((DiskAction action, Node? node) in _names.Where(n => FolderOf(n.Action) == folder))
            Rename(_durable, _durableFolders, action, node);
        _names.RemoveAll(n => FolderOf(n.Action) == folder);
    }

    private CrashedFolder State(string folder, (DiskAction Action, Node? Node)[] names, Node[] dirty, Func<int, bool> isDone, Func<int, int> content)
    {
        var files = _durable.Where(d => IsIn(d.Key, folder)).ToDictionary(d => d.Key, d => d.Value, StringComparer.Ordinal);
        HashSet<string> folders = [.. _durableFolders];
        for (int i = 0; i < names.Length; i++)
        {
            if (isDone(i))
                Rename(files, folders, names[i].Action, names[i].Node);
        }

        var contents = dirty.Select((node, i) => (node, i)).ToDictionary(n => n.node, n => content(n.i));
        var result = new SortedDictionary<string, CrashedFile>(StringComparer.Ordinal);
        foreach ((string path, Node node) in files.Where(f => folders.Contains(Path.GetDirectoryName(f.Key)!)))
            result[path] = node.Content(contents.TryGetValue(node, out int chosen) ? chosen : Contents - 1);
        return new CrashedFolder(folders.Contains(folder) ? result : null);
    }

    private static void Rename(Dictionary<string, Node> files, HashSet<string> folders, DiskAction action, Node? node)
    {
        switch (action.Kind)
        {
            case FileActionKind.CreateFolder:
                folders.Add(action.Path);
                break;
            case FileActionKind.Create or FileActionKind.Open:
                files[action.Path] = node!;
                break;
            case FileActionKind.Rename:
                files.Remove(action.Path);
                files[action.Target!] = node!;
                break;
            case FileActionKind.Delete when files.TryGetValue(action.Path, out Node? named) && named == node:
                files.Remove(action.Path);
                break;
        }
    }

    /// <summary>Represents a file: what is certainly on the disk, and the changes since.</summary>
    private sealed class Node
    {
        private readonly Dictionary<(int Version, int Changes, int Content), CrashedFile> _contents = [];
        private int _version;

        public byte[] Bytes { get; set; } = [];

        public UnixFileMode Mode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

        public List<DiskAction> Pending { get; } = [];

        public void Flush()
        {
            (Bytes, Mode, _) = Content(Contents - 1);
            Pending.Clear();
            _version++;
        }

        /// <summary>Returns what may be on the disk.</summary>
        /// <param name="content">0: nothing of the changes; 1: the first half; 2: zeros in place of the bytes; 3: all.</param>
        public CrashedFile Content(int content)
        {
            if (!_contents.TryGetValue((_version, Pending.Count, content), out CrashedFile? file))
                _contents[(_version, Pending.Count, content)] = file = Make(content);
            return file;
        }

        private CrashedFile Make(int content)
        {
            byte[] bytes = [.. Bytes];
            UnixFileMode mode = Mode;
            long left = content == 1 ? Pending.Sum(p => (long)p.Data.Length) / 2 : long.MaxValue;
            foreach (DiskAction change in content == 0 ? [] : Pending)
            {
                if (change.Kind == FileActionKind.SetMode)
                {
                    mode = content == 1 ? mode : (UnixFileMode)change.Position;
                }
                else if (change.Kind == FileActionKind.SetLength)
                {
                    Array.Resize(ref bytes, (int)change.Position);
                }
                else
                {
                    int length = (int)Math.Min(left, change.Data.Length);
                    left -= length;
                    if (length == 0)
                        break;
                    if (bytes.Length < change.Position + length)
                        Array.Resize(ref bytes, (int)change.Position + length);
                    if (content != 2)
                        change.Data.AsSpan(0, length).CopyTo(bytes.AsSpan((int)change.Position));
                    else
                        bytes.AsSpan((int)change.Position, length).Clear();
                }
            }

            return new CrashedFile(bytes, mode, $"{Convert.ToHexString(XxHash128.Hash(bytes))} {bytes.Length} {(int)mode}");
        }
    }
}
