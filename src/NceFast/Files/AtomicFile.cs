
namespace NceFast.Files;

/// <summary>
/// Writes a file so that its path always holds either the old content or all of the new content. The bytes go to a temporary
/// file in the same folder, which only its owner may read. <see cref="Commit"/> flushes that file to disk, renames it to the
/// path and flushes the folder. Without <see cref="Commit"/>, <see cref="Dispose"/> deletes the temporary file and keeps the
/// old file. The temporary file of a killed process is deleted when the same path is written again. A path below
/// <c>/dev</c> (a pipe, the standard output) is written directly.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _target;
    private readonly string _temporary;
    private readonly OutputStream _stream;
    private bool _finished;

    private AtomicFile(string path, string target, string temporary, OutputStream stream)
    {
        Path = path;
        _target = target;
        _temporary = temporary;
        _stream = stream;
    }

    /// <summary>Gets the path as the caller gave it.</summary>
    public string Path { get; }

    /// <summary>
    /// Gets the forward-only stream that takes the new content. A failed write throws <see cref="NceFastException"/>
    /// (<see cref="ErrorKind.Output"/>) with the needed and the free bytes. The position is the number of bytes written.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The file was committed or disposed.</exception>
    public Stream Stream
    {
        get
        {
            ObjectDisposedException.ThrowIf(_finished, this);
            return _stream;
        }
    }

    /// <summary>Starts a new file beside <paramref name="path"/>.</summary>
    /// <param name="path">Path of the content; a symbolic link is refused.</param>
    /// <param name="bytes">Expected size, compared with the free space; 0 when not known.</param>
    /// <param name="exact">False when <paramref name="bytes"/> is an estimate, which errors mention but which is not checked.</param>
    /// <exception cref="NceFastException">The path cannot be written, or the space is too small (<see cref="ErrorKind.Output"/>).</exception>
    public static AtomicFile Create(string path, long bytes = 0, bool exact = true)
    {
        OutputPath.EnsureReplaceable(path);
        string target = System.IO.Path.GetFullPath(path);
        OutputPath.EnsureSpace(path, target, exact ? bytes : 0);
        bool direct = OutputPath.IsDevice(target);
        string temporary = direct ? target : Temporaries.NameFor(target);
        if (!direct)
            Temporaries.RemoveStale(target);
        try
        {
            WritableFile file = direct ? FileActions.Open(temporary, FileMode.Open, FileAccess.Write, FileShare.Read) : PrivateFile.Create(temporary);
            return new AtomicFile(path, target, temporary, new OutputStream(file, path, target, bytes));
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw OutputPath.Failure(path, target, bytes, 0, e);
        }
    }

    /// <summary>Writes a whole file with <paramref name="write"/> and commits it. An exception keeps the old file.</summary>
    /// <param name="path">Path of the content.</param>
    /// <param name="bytes">Expected size, compared with the free space; 0 when not known.</param>
    /// <param name="write">Writes the content to the stream.</param>
    /// <param name="exact">False when <paramref name="bytes"/> is an estimate, which errors mention but which is not checked.</param>
    /// <exception cref="NceFastException">The file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void Write(string path, long bytes, Action<Stream> write, bool exact = true)
    {
        using AtomicFile file = Create(path, bytes, exact);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>
    /// Checks that <paramref name="path"/> can be written later: its folder exists and takes files, it is not a folder itself, and
    /// an existing file is not read-only. Nothing is changed.
    /// </summary>
    /// <param name="path">Path of a later output.</param>
    /// <param name="bytes">Expected size, compared with the free space; 0 when not known.</param>
    /// <exception cref="NceFastException">The path cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void EnsureWritable(string path, long bytes = 0)
    {
        using AtomicFile probe = Create(path, bytes);
    }

    /// <summary>Flushes the content to disk and replaces the old file with it.</summary>
    /// <exception cref="NceFastException">Flushing or renaming failed (<see cref="ErrorKind.Output"/>); the path holds the old content or all of the new content.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _stream.Flush();
        Publish(); // before the flush, so that the permissions are on the disk too
        _stream.FlushToDisk();
        _stream.Dispose();
        OutputPath.RefuseLink(Path, _target); // it may have appeared meanwhile
        try
        {
            if (_temporary != _target)
            {
                FileActions.Rename(_temporary, _target);
                FileActions.FlushFolder(System.IO.Path.GetDirectoryName(_target) ?? "/");
            }
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw OutputPath.Failure(Path, _target, 0, _stream.Position, e);
        }

        _finished = true;
    }

    /// <summary>Closes the file and deletes the temporary file unless it was committed.</summary>
    public void Dispose()
    {
        if (_finished)
            return;
        _finished = true;
        _stream.Abandon();
        if (_temporary == _target)
            return;
        try
        {
            FileActions.Delete(_temporary);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // The first error matters more than a temporary file that remains.
        }
    }

    private void Publish()
    {
        try
        {
            if (_temporary != _target)
                PrivateFile.Publish(_temporary, _target);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw OutputPath.Failure(Path, _target, 0, _stream.Position, e);
        }
    }
}
