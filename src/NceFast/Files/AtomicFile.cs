
namespace NceFast.Files;

/// <summary>
/// Writes a file so that its path holds either the old content or the whole new one, never a part: the bytes go to a
/// temporary file in the same folder that only its owner may read, are flushed to disk, and <see cref="Commit"/> renames it
/// over the path and flushes the folder.
/// Without <see cref="Commit"/>, <see cref="Dispose"/> deletes the temporary and leaves the old file as it was. What a killed
/// process left is deleted when the same path is written again.
/// A path below <c>/dev</c> (a pipe, the standard output) is written directly.
/// </summary>
public sealed class AtomicFile : IDisposable
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

    /// <summary>The path as the caller gave it.</summary>
    public string Path { get; }

    /// <summary>
    /// Takes the new content, forwards only. A failed write throws <see cref="NceFastException"/>
    /// (<see cref="ErrorKind.Output"/>) with the bytes needed and free; its position is the bytes written.
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
    /// <param name="path">Where the content shall stand; a symbolic link is refused.</param>
    /// <param name="bytes">Bytes to come, checked against the free space; 0 when not known.</param>
    /// <param name="exact">False when <paramref name="bytes"/> is a guess, which is told in errors but not checked.</param>
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
            FileStream file = direct ? new FileStream(temporary, FileMode.Open, FileAccess.Write, FileShare.Read, 1 << 17) : PrivateFile.Create(temporary, 1 << 17);
            return new AtomicFile(path, target, temporary, new OutputStream(file, path, target, bytes));
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw OutputPath.Failure(path, target, bytes, 0, e);
        }
    }

    /// <summary>Writes a whole file by <paramref name="write"/>, then commits it; a throw leaves the old file.</summary>
    /// <param name="path">Where the content shall stand.</param>
    /// <param name="bytes">Bytes to come, checked against the free space; 0 when not known.</param>
    /// <param name="write">Writes the content to the stream it is given.</param>
    /// <param name="exact">False when <paramref name="bytes"/> is a guess, which is told in errors but not checked.</param>
    /// <exception cref="NceFastException">The file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void Write(string path, long bytes, Action<Stream> write, bool exact = true)
    {
        using AtomicFile file = Create(path, bytes, exact);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>
    /// Checks now that <paramref name="path"/> can be written later: its folder exists and takes files, it is no
    /// folder itself, and a file that stands there is not read-only. Nothing is left behind or changed.
    /// </summary>
    /// <param name="path">Path of a later output.</param>
    /// <param name="bytes">Bytes the output will take, checked against the free space; 0 when not known.</param>
    /// <exception cref="NceFastException">The path cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static void EnsureWritable(string path, long bytes = 0)
    {
        using AtomicFile probe = Create(path, bytes);
    }

    /// <summary>Flushes the content to disk and puts it in place of the old file.</summary>
    /// <exception cref="NceFastException">Flushing or renaming failed (<see cref="ErrorKind.Output"/>); the path holds the old file or the whole new one.</exception>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _stream.FlushToDisk();
        _stream.Dispose();
        OutputPath.RefuseLink(Path, _target); // one put there meanwhile
        try
        {
            if (_temporary != _target)
            {
                PrivateFile.Publish(_temporary, _target);
                File.Move(_temporary, _target, overwrite: true);
                DurableFolder.Flush(System.IO.Path.GetDirectoryName(_target) ?? "/");
            }
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            throw OutputPath.Failure(Path, _target, 0, _stream.Position, e);
        }

        _finished = true;
    }

    /// <summary>Closes the file; deletes the temporary unless it was committed.</summary>
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
            File.Delete(_temporary);
        }
        catch (Exception e) when (OutputPath.IsIo(e))
        {
            // The first error matters more than a temporary that stays.
        }
    }
}
