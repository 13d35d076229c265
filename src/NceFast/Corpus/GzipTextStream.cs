using System.IO.Compression;
using System.Security.Cryptography;

namespace NceFast.Corpus;

/// <summary>
/// Decompresses gzip, of one or many members, and fails on a cut or damaged file.
/// </summary>
/// <remarks>
/// <see cref="GZipStream"/> takes a file cut anywhere for a whole one: it just ends. So a last member with a secret
/// text is appended to the input; only when everything before it was whole does exactly that text come out at the end.
/// The secret is random, so that no file can imitate it.
/// </remarks>
internal sealed class GzipTextStream : Stream
{
    private const int SecretBytes = 32;
    private static readonly byte[] Secret = RandomNumberGenerator.GetItems<byte>("abcdefghijklmnopqrstuvwxyz"u8, SecretBytes);
    private static readonly byte[] SecretMember = Compress(Secret);

    // As many bytes are held back as a cut stored block could give out of the appended member.
    private static readonly int HeldBack = Math.Max(SecretBytes, SecretMember.Length);

    private readonly string _name;
    private readonly AppendedStream _input;
    private readonly GZipStream _gzip;
    private readonly byte[] _held = new byte[64 * 1024];
    private int _first;
    private int _count;
    private bool _ended;

    public GzipTextStream(Stream input, string name)
    {
        _name = name;
        _input = new AppendedStream(input, SecretMember);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    /// <summary>Compressed bytes read so far.</summary>
    public long CompressedPosition => _input.Consumed;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (_count <= HeldBack && !_ended)
            Fill();
        int given = Math.Min(buffer.Length, _count - (_ended ? SecretBytes : HeldBack));
        if (given <= 0)
            return 0;
        _held.AsSpan(_first, given).CopyTo(buffer);
        _first += given;
        _count -= given;
        return given;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var result = new MemoryStream();
        using (var gzip = new GZipStream(result, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return result.ToArray();
    }

    // The last bytes are held back until the end is known, for they may be the secret.
    private void Fill()
    {
        _held.AsSpan(_first, _count).CopyTo(_held);
        _first = 0;
        int read;
        try
        {
            read = _gzip.Read(_held.AsSpan(_count));
        }
        catch (InvalidDataException e)
        {
            throw _input.AtEnd ? Cut(e) : new NceFastException(ErrorKind.Input,
                $"{_name} is damaged gzip, at or shortly before byte {_input.Consumed:N0}; test it with 'gzip -t' and fetch it anew.", e);
        }

        _count += read;
        if (read > 0)
            return;
        _ended = true;
        if (_count < SecretBytes || !_held.AsSpan(_count - SecretBytes, SecretBytes).SequenceEqual(Secret))
            throw Cut(null);
    }

    private NceFastException Cut(Exception? inner) => new(ErrorKind.Input,
        $"{_name} is cut short or has other bytes after its end: gzip data does not end cleanly at byte {_input.Consumed:N0}; test it with 'gzip -t' and fetch it anew.", inner);

    /// <summary>A stream with some bytes after its end.</summary>
    private sealed class AppendedStream(Stream inner, byte[] suffix) : Stream
    {
        private int _suffixRead;

        public long Consumed { get; private set; }

        public bool AtEnd { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty)
                return 0;
            int read = AtEnd ? 0 : inner.Read(buffer);
            Consumed += read;
            if (read > 0)
                return read;
            AtEnd = true;
            int given = Math.Min(buffer.Length, suffix.Length - _suffixRead);
            suffix.AsSpan(_suffixRead, given).CopyTo(buffer);
            _suffixRead += given;
            return given;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
