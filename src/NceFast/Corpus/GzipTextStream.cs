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
/// Zeros after the last member, with which tapes and some mirrors fill their last record, are no damage, as for gzip itself.
/// The appended stream hands out the zeros at the very end of the input by themselves and before the secret, so that decompression
/// which stops among them has come to the end of a whole member.
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
    private int _secretAtEnd = SecretBytes;

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
        int given = Math.Min(buffer.Length, _count - (_ended ? _secretAtEnd : HeldBack));
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
        if (_input.IsWithinPadding)
            _secretAtEnd = 0;
        else if (_count < SecretBytes || !_held.AsSpan(_count - SecretBytes, SecretBytes).SequenceEqual(Secret))
            throw Cut(null);
    }

    private NceFastException Cut(Exception? inner) => new(ErrorKind.Input,
        $"{_name} is cut short or has other bytes after its end: gzip data does not end cleanly at byte {_input.Consumed:N0}; test it with 'gzip -t' and fetch it anew.", inner);

    /// <summary>A stream with some bytes after its end; zeros at its end are given by themselves.</summary>
    private sealed class AppendedStream(Stream inner, byte[] suffix) : Stream
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private int _first;
        private int _count;
        private long _zeros;
        private long _heldZeros;
        private bool _gaveLastZeros;
        private int _suffixRead;

        public long Consumed { get; private set; }

        public bool AtEnd { get; private set; }

        /// <summary>Whether the zeros at the end of the input were given, and nothing after them.</summary>
        public bool IsWithinPadding => _gaveLastZeros && _suffixRead == 0;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty)
                return 0;
            while (_zeros == 0 && _count == 0 && !AtEnd)
                Fill();
            if (_zeros > 0)
                return GiveZeros(buffer);
            return _count > 0 ? GivePiece(buffer) : GiveSuffix(buffer);
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

        // Zeros at the end of a piece are kept back until it is known whether anything follows them.
        private void Fill()
        {
            int read = inner.Read(_buffer);
            Consumed += read;
            AtEnd = read == 0;
            int used = _buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0) + 1;
            if (used > 0 || AtEnd)
                (_zeros, _heldZeros) = (_heldZeros, 0);
            (_first, _count) = (0, used);
            _heldZeros += read - used;
        }

        private int GiveZeros(Span<byte> buffer)
        {
            int given = (int)Math.Min(buffer.Length, _zeros);
            buffer[..given].Clear();
            _zeros -= given;
            _gaveLastZeros |= AtEnd;
            return given;
        }

        private int GivePiece(Span<byte> buffer)
        {
            int given = Math.Min(buffer.Length, _count);
            _buffer.AsSpan(_first, given).CopyTo(buffer);
            (_first, _count) = (_first + given, _count - given);
            return given;
        }

        private int GiveSuffix(Span<byte> buffer)
        {
            int given = Math.Min(buffer.Length, suffix.Length - _suffixRead);
            suffix.AsSpan(_suffixRead, given).CopyTo(buffer);
            _suffixRead += given;
            return given;
        }
    }
}
