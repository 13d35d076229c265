namespace NceFast.Reporting.Internals;

/// <summary>
/// A file that only grows by whole lines, each handed to the system at once, so that a kill loses none. A line that an
/// earlier kill or a full disk cut off is ended first, so that the next one stands alone.
/// </summary>
internal sealed class LineLog : IDisposable
{
    private readonly FileStream _file;

    public LineLog(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
            throw new IOException($"{path} is a symbolic link.");
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
        if (_file.Length > 0)
        {
            _file.Position = _file.Length - 1;
            if (_file.ReadByte() != '\n')
                _file.WriteByte((byte)'\n');
        }
    }

    public void Append(ReadOnlySpan<byte> line)
    {
        byte[] whole = [.. line, (byte)'\n'];
        _file.Write(whole);
    }

    public void Dispose() => _file.Dispose();
}
