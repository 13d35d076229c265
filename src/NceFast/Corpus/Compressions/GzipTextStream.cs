using System.IO.Compression;
using System.Security.Cryptography;
using NceFast.Files;

namespace NceFast.Corpus.Compressions;

/// <summary>Decompresses gzip data of one or several members. It throws when the data is truncated or damaged.</summary>
/// <remarks>
/// <see cref="GZipStream"/> does not report a truncated file; it returns the end of the stream. Therefore this class appends one
/// more member, which contains a secret text, to the input. If and only if all members before it are complete, the decompressed
/// data ends with the secret text. The secret is random, so that no file can contain it.
/// Tapes and some mirrors fill the last record with zeros after the last member. As in gzip, they are not an error.
/// The appended stream returns these zeros in reads of their own, before the secret. If decompression stops among them, it has
/// reached the end of a complete member.
/// </remarks>
internal sealed class GzipTextStream : DecodingStream
{
    private const int SecretBytes = 32;
    private static readonly byte[] Secret = RandomNumberGenerator.GetItems<byte>("abcdefghijklmnopqrstuvwxyz"u8, SecretBytes);
    private static readonly byte[] SecretMember = Compress(Secret);

    // The stream holds back as many bytes as a truncated stored block could take from the appended member.
    private static readonly int HeldBack = Math.Max(SecretBytes, SecretMember.Length);

    private readonly string _name;
    private readonly CompressionFormat _format;
    private readonly AppendedStream _input;
    private readonly GZipStream _gzip;
    private readonly byte[] _held = new byte[64 * 1024];
    private int _first;
    private int _count;
    private bool _ended;
    private int _secretAtEnd = SecretBytes;

    /// <summary>Starts decompressing.</summary>
    /// <param name="input">The compressed bytes.</param>
    /// <param name="name">The name of the file in messages.</param>
    /// <param name="format">Creates the errors.</param>
    /// <param name="start">The position in the file of the first compressed byte.</param>
    public GzipTextStream(Stream input, string name, CompressionFormat format, long start)
    {
        (_name, _format) = (name, format);
        _input = new AppendedStream(input, SecretMember, start);
        _gzip = new GZipStream(_input, CompressionMode.Decompress);
    }

    /// <inheritdoc/>
    public override long StoredPosition => _input.Consumed;

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
            throw _input.AtEnd ? Cut(e) : _format.Damaged(_name, _input.Consumed, e);
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

    private NceFastException Cut(Exception? inner) => _format.Cut(_name, _input.Consumed, inner);

    /// <summary>A stream with a suffix after its end. The zeros at its end are returned in reads of their own.</summary>
    private sealed class AppendedStream(Stream inner, byte[] suffix, long start) : ReadOnlyStream
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private int _first;
        private int _count;
        private long _zeros;
        private long _heldZeros;
        private bool _gaveLastZeros;
        private int _suffixRead;

        public long Consumed { get; private set; } = start;

        public bool AtEnd { get; private set; }

        /// <summary>Gets whether the last bytes returned were the zeros at the end of the input.</summary>
        public bool IsWithinPadding => _gaveLastZeros && _suffixRead == 0;

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
