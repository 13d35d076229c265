namespace NceFast.Corpus;

/// <summary>Reads the lines of a file, plain or compressed, in constant memory.</summary>
internal sealed class LineFile : IDisposable
{
    private readonly Stream _file;
    private readonly Stream _stream;
    private readonly byte[] _buffer;
    private readonly int _longest;
    private readonly Func<NceFastException> _tooLong;
    private int _at, _filled;
    private bool _ended;

    /// <summary>Opens a file and refuses what is not text.</summary>
    /// <param name="path">The path.</param>
    /// <param name="longest">The maximum number of bytes of a line.</param>
    /// <param name="tooLong">Creates the error for a line that is longer, which is line <see cref="Number"/>.</param>
    /// <param name="examined">The maximum number of bytes by which it is decided whether the file is text.</param>
    /// <exception cref="NceFastException">The file is not text (<see cref="ErrorKind.Input"/>).</exception>
    public LineFile(string path, int longest, Func<NceFastException> tooLong, int examined = int.MaxValue)
        : this(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan), path, longest, tooLong, examined)
    {
    }

    /// <summary>Reads a stream and refuses what is not text.</summary>
    /// <param name="file">The stream, which is disposed with this object.</param>
    /// <param name="path">The name in messages.</param>
    /// <param name="longest">The maximum number of bytes of a line.</param>
    /// <param name="tooLong">Creates the error for a line that is longer, which is line <see cref="Number"/>.</param>
    /// <param name="examined">The maximum number of bytes by which it is decided whether the file is text.</param>
    /// <exception cref="NceFastException">The file is not text (<see cref="ErrorKind.Input"/>).</exception>
    public LineFile(Stream file, string path, int longest, Func<NceFastException> tooLong, int examined = int.MaxValue)
    {
        (_longest, _tooLong) = (longest, tooLong);
        _buffer = new byte[Math.Max(1 << 18, 2 * longest)];
        _file = file;
        try
        {
            StoredBytes = _file.CanSeek ? _file.Length : 0;
            _stream = Compression.Decompress(_file, path);
            Fill();
            ContentKind.Refuse(path, _buffer.AsSpan(0, Math.Min(_filled, examined)));
            _at = ContentKind.Utf8Mark(_buffer.AsSpan(0, _filled));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Gets the size of the file in bytes; 0 for a pipe.</summary>
    public long StoredBytes { get; }

    /// <summary>Gets the number of the last line that was read, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line without its line feed. It is valid until the next call.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int length;
        while ((length = _buffer.AsSpan(_at, _filled - _at).IndexOf((byte)'\n')) < 0 && !_ended)
        {
            if (_filled - _at > _longest)
            {
                Number++;
                throw _tooLong();
            }

            Fill();
        }

        line = _buffer.AsSpan(_at, length < 0 ? _filled - _at : length);
        if (length < 0 && line.IsEmpty)
            return false;
        _at += length < 0 ? line.Length : length + 1;
        Number++;
        return true;
    }

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
