using NceFast.Files;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Appends whole lines to a file. Each line is passed to the operating system in one write, so no line is lost if the process
/// is killed. If the file ends within a line, because of an earlier kill or a full disk, that line is ended first.
/// </summary>
internal sealed class LineLog : IDisposable
{
    private readonly WritableFile _file;

    public LineLog(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
            throw new IOException($"{path} is a symbolic link.");
        _file = FileActions.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
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
