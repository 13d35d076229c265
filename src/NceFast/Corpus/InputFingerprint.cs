using System.Buffers;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>
/// Shows whether a file is still the one that was read: size, and XXH128 of its bytes. A file above <see cref="WholeBytes"/> is
/// hashed at 256 places evenly spread over it, its first and last bytes among them: a terabyte in files of a gigabyte would
/// else be read once more for nothing but this. Name and time of the last change tell people which file it is; they are not
/// compared, because a good copy may differ in both.
/// </summary>
/// <param name="Name">Path as it was given, or the name of a stream.</param>
/// <param name="Bytes">Size; -1 for a stream.</param>
/// <param name="Modified">Time of the last change; null for a stream.</param>
/// <param name="Hash">The hash; null for a stream.</param>
internal sealed record InputFingerprint(string Name, long Bytes, DateTime? Modified, string? Hash)
{
    /// <summary>Largest file that is hashed whole.</summary>
    public const long WholeBytes = 16L << 20;

    private const int Pieces = 256, PieceBytes = 64 * 1024;

    /// <summary>The fingerprint of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NceFastException">It cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public static InputFingerprint Of(string path)
    {
        using SafeFileHandle handle = CorpusFiles.Open(path);
        try
        {
            long bytes = RandomAccess.GetLength(handle);
            return new InputFingerprint(path, bytes, File.GetLastWriteTimeUtc(handle), HashOf(handle, bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Size and hash in words; the same for good copies.</summary>
    public string Content => Bytes < 0 ? "a stream" : FormattableString.Invariant($"{Bytes} bytes with hash {Hash}");

    /// <summary>What differs, for people; null when it is the same content.</summary>
    /// <param name="now">The file as it is now.</param>
    public string? DifferenceTo(InputFingerprint now)
    {
        ArgumentNullException.ThrowIfNull(now);
        if (Bytes != now.Bytes)
            return FormattableString.Invariant($"{now.Name} had {Bytes:N0} bytes and has {now.Bytes:N0}");
        if (Hash != now.Hash)
            return FormattableString.Invariant($"{now.Name} has as many bytes as before, but others (changed at {now.Modified:u}; it was of {Modified:u})");
        return null;
    }

    private static string HashOf(SafeFileHandle handle, long bytes)
    {
        var hash = new XxHash128();
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        bool whole = bytes <= WholeBytes;
        long pieces = whole ? (bytes + PieceBytes - 1) / PieceBytes : Pieces;
        for (long i = 0; i < pieces; i++)
        {
            long place = whole ? i * PieceBytes : (long)((bytes - PieceBytes) * (i / (Pieces - 1.0)));
            hash.Append(piece.AsSpan(0, Read(handle, piece.AsSpan(0, PieceBytes), place)));
        }

        ArrayPool<byte>.Shared.Return(piece);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    // A single read may give less than there is, and the hash must not depend on it.
    private static int Read(SafeFileHandle handle, Span<byte> piece, long place)
    {
        int filled = 0, read;
        do
        {
            read = RandomAccess.Read(handle, piece[filled..], place + filled);
            filled += read;
        }
        while (read > 0 && filled < piece.Length);
        return filled;
    }
}
