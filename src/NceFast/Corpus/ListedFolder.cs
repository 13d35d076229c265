using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace NceFast.Corpus;

/// <summary>
/// Represents a folder whose files are matched by a pattern. Names that are not valid UTF-8 cannot be opened; they are left
/// out and reported.
/// </summary>
/// <param name="folder">The folder.</param>
/// <param name="unreadable">Receives each name that is left out, with U+FFFD for invalid bytes.</param>
internal sealed class ListedFolder(DirectoryInfo folder, Action<string> unreadable) : DirectoryInfoBase
{
    private const char Replacement = '\uFFFD';

    public override string Name => folder.Name;

    public override string FullName => folder.FullName;

    public override DirectoryInfoBase? ParentDirectory => folder.Parent is { } parent ? new ListedFolder(parent, unreadable) : null;

    public override IEnumerable<FileSystemInfoBase> EnumerateFileSystemInfos()
    {
        if (!folder.Exists)
            yield break;
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            // The runtime shows bytes that are not UTF-8 as U+FFFD and cannot open a file by such a name.
            if (entry.Name.Contains(Replacement) && !Path.Exists(entry.FullName))
                unreadable(entry.FullName);
            else
                yield return entry is DirectoryInfo inner ? new ListedFolder(inner, unreadable) : new FileInfoWrapper((FileInfo)entry);
        }
    }

    public override DirectoryInfoBase? GetDirectory(string path) => new ListedFolder(new DirectoryInfo(Path.Combine(folder.FullName, path)), unreadable);

    public override FileInfoBase? GetFile(string path) => new FileInfoWrapper(new FileInfo(Path.Combine(folder.FullName, path)));
}
