using System.IO.Compression;
using System.Security.Cryptography;

namespace NceFast.Corpus;

/// <summary>Decompresses gzip data of one or several members. It throws when the data is truncated or damaged.</summary>
/// <remarks>
/// <see cref="GZipStream"/> does not report a truncated file; it returns the end of the stream. Therefore this class appends one
/// more member, which contains a secret text, to the input. If and only if all members before it are complete, the decompressed
/// data ends with the secret text. The secret is random, so that no file can contain it.
/// Tapes and some mirrors fill the last record with zeros after the last member. As in gzip, they are not an error.
/// The appended stream returns these zeros in reads of their own, before the secret. If decompression stops among them, it has
/// reached the end of a complete member.
/// </remarks>
internal sealed class GzipTextStream : Stream
{
    private const int SecretBytes = 32;
    private static readonly byte[] Secret = RandomNumberGenerator.GetItems<byte>("abcdefghijklmnopqrstuvwxyz"u8, SecretBytes);
    private static readonly byte[] SecretMember = Compress(Secret);

    // The stream holds back as many bytes as a truncated stored block could take from the appended member.
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

    /// <summary>Gets the number of compressed bytes read so far.</summary>
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

    // The last bytes are held back until the end is known, because they may be the secret.
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
                $"{_name} is damaged gzip data, at or shortly before byte {_input.Consumed:N0}; test it with 'gzip -t' and download it again.", e);
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
        $"{_name} is cut short or has other bytes after its end: gzip data does not end cleanly at byte {_input.Consumed:N0}; test it with 'gzip -t' and download it again.", inner);

    /// <summary>A stream with a suffix after its end. The zeros at its end are returned in reads of their own.</summary>
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

        /// <summary>Gets whether the last bytes returned were the zeros at the end of the input.</summary>
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

        // Zeros at the end of a buffer are held back until it is known whether other bytes follow them.
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
