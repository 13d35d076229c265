using NceFast.Corpus;

namespace NceFast.NGrams.Internals;

/// <summary>Reads the lines of a file, plain or compressed, in constant memory.</summary>
internal sealed class ArpaLines : IDisposable
{
    private const int LongestLine = 1 << 17;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[2 * LongestLine];
    private int _at, _filled;
    private bool _ended;

    public ArpaLines(string path)
    {
        _path = path;
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        try
        {
            StoredBytes = _file.Length;
            _stream = Compression.Decompress(_file, path);
            Fill();
            ContentKind.Refuse(path, _buffer.AsSpan(0, Math.Min(_filled, 512)));
            _at = ContentKind.Utf8Mark(_buffer.AsSpan(0, _filled));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Gets the size of the file in bytes.</summary>
    public long StoredBytes { get; }

    /// <summary>Gets the number of the last line that was read, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line without its end and without blanks around it. It is valid until the next call.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int length;
        while ((length = _buffer.AsSpan(_at, _filled - _at).IndexOf((byte)'\n')) < 0 && !_ended)
        {
            if (_filled - _at > LongestLine)
            {
                Number++;
                throw Error(FormattableString.Invariant($"the line is longer than {LongestLine:N0} bytes; give an ARPA file."));
            }

            Fill();
        }

        line = _buffer.AsSpan(_at, length < 0 ? _filled - _at : length);
        if (length < 0 && line.IsEmpty)
            return false;
        _at += length < 0 ? line.Length : length + 1;
        Number++;
        line = line.Trim(" \t\r"u8);
        return true;
    }

    /// <summary>Creates the error for the last line that was read.</summary>
    public NceFastException Error(string message) => new(ErrorKind.Input, $"{_path}, line {Number}: {message}");

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private void Fill()
    {
        _buffer.AsSpan(_at, _filled - _at).CopyTo(_buffer);
        _filled -= _at;
        _at = 0;
        int read = _stream.Read(_buffer.AsSpan(_filled));
        _filled += read;
        _ended = read == 0;
    }
}
