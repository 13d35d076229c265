using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Corpus.Compressions;

/// <summary>Searches compressed data for the start of a later member.</summary>
internal static class MemberSearch
{
    /// <summary>The least number of compressed bytes that are worth a task of their own.</summary>
    public const int LeastBytes = 1 << 20;

    /// <summary>
    /// The number of compressed bytes that are searched. If no member begins there, the rest of the file is decompressed by one task.
    /// </summary>
    public const int MostBytes = 64 << 20;

    private const int Piece = 256 * 1024;

    /// <summary>Searches for the bytes with which a member begins.</summary>
    /// <param name="file">The file.</param>
    /// <param name="length">The length of the file in bytes.</param>
    /// <param name="start">The position at which an earlier member begins.</param>
    /// <param name="signature">The first bytes of a member.</param>
    /// <param name="isMember">Determines whether a member really begins at a position that has the signature.</param>
    /// <returns>The position of the member, or the length of the file when none was found.</returns>
    public static long Find(SafeFileHandle file, long length, long start, Signature signature, Func<SafeFileHandle, long, bool> isMember)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            long last = Math.Min(length, start + MostBytes);
            for (long position = start + LeastBytes; position < last;)
            {
                int read = RandomAccess.Read(file, buffer.AsSpan(0, Piece), position);
                int found = signature.IndexIn(buffer.AsSpan(0, read));
                if (found >= 0 && isMember(file, position + found))
                    return position + found;
                if (found >= 0)
                    position += found + 1;
                else if (read < Piece)
                    break;
                else
                    position += read - signature.Length + 1;
            }

            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
