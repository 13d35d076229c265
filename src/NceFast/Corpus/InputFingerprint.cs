using System.Buffers;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus;

/// <summary>
/// Identifies the content of a file by its size and an XXH128 hash, to detect that it changed since it was read.
/// </summary>
/// <remarks>
/// A file that is larger than a limit is hashed in evenly spaced pieces, which include its first and last bytes. Hashing all bytes would
/// take as long as reading a large corpus once more. The limit depends only on the number of files, so that it is the same in every
/// process and when a training continues: 1 GiB divided by the number of files, but at least 8 KiB and at most 16 MiB. Two hashes can
/// be compared only if the numbers of files are the same.
/// The name and the time of the last change help people to identify the file. They are not compared, because both may differ for an
/// identical copy.
/// </remarks>
/// <param name="Name">The path as given, or the name of a stream.</param>
/// <param name="Bytes">The size in bytes; -1 for a stream.</param>
/// <param name="Modified">The time of the last change; null for a stream.</param>
/// <param name="Hash">The hash; null for a stream.</param>
internal sealed record InputFingerprint(string Name, long Bytes, DateTime? Modified, string? Hash)
{
    /// <summary>The size in bytes of the largest file whose bytes are all hashed, if there are few files.</summary>
    public const long WholeBytes = 16L << 20;

    /// <summary>The number of bytes that are hashed of all files together, apart from the minimum for each.</summary>
    public const long AllBytes = 1L << 30;

    /// <summary>The number of bytes that are hashed at least of each larger file.</summary>
    public const long LeastBytes = 8 << 10;

    private const int PieceBytes = 64 * 1024;

    /// <summary>Computes the fingerprint of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">The number of bytes to hash, see <see cref="LimitFor"/>.</param>
    /// <exception cref="NceFastException">The file cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public static InputFingerprint Of(string path, long limit = WholeBytes)
    {
        using SafeFileHandle handle = CorpusFiles.Open(path);
        try
        {
            long bytes = RandomAccess.GetLength(handle);
            return new InputFingerprint(path, bytes, File.GetLastWriteTimeUtc(handle), HashOf(handle, bytes, limit));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Returns how many bytes are hashed of each file.</summary>
    /// <param name="files">The number of files, at least 1.</param>
    public static long LimitFor(int files) => Math.Clamp(AllBytes / files, LeastBytes, WholeBytes);

    /// <summary>Gets the size and the hash as text. Identical copies have the same text.</summary>
    public string Content => Bytes < 0 ? "a stream" : FormattableString.Invariant($"{Bytes} bytes with hash {Hash}");

    /// <summary>Describes how the content differs from that of another fingerprint; null when it is the same.</summary>
    /// <param name="now">The fingerprint of the file as it is now.</param>
    public string? DifferenceTo(InputFingerprint now)
    {
        ArgumentNullException.ThrowIfNull(now);
        if (Bytes != now.Bytes)
            return FormattableString.Invariant($"{now.Name} had {Bytes:N0} bytes and has {now.Bytes:N0}");
        if (Hash != now.Hash)
            return FormattableString.Invariant($"{now.Name} has as many bytes as before but different content (it was changed at {now.Modified:u}; the earlier content was of {Modified:u})");
        return null;
    }

    private static string HashOf(SafeFileHandle handle, long bytes, long limit)
    {
        var hash = new XxHash128();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        bool whole = bytes <= limit;
        long pieces = whole ? (bytes + PieceBytes - 1) / PieceBytes : Math.Max(2, limit / PieceBytes);
        Span<byte> piece = buffer.AsSpan(0, whole ? PieceBytes : (int)Math.Min(PieceBytes, limit / pieces));
        for (long i = 0; i < pieces; i++)
        {
            long position = whole ? i * PieceBytes : (long)((bytes - piece.Length) * (i / (pieces - 1.0)));
            hash.Append(piece[..Read(handle, piece, position)]);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    // A single read may return fewer bytes than requested, and the hash must not depend on that.
    private static int Read(SafeFileHandle handle, Span<byte> piece, long position)
    {
        int filled = 0, read;
        do
        {
            read = RandomAccess.Read(handle, piece[filled..], position + filled);
            filled += read;
        }
        while (read > 0 && filled < piece.Length);
        return filled;
    }
}
