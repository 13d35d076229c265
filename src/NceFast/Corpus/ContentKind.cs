namespace NceFast.Corpus;

/// <summary>Recognises the format of a file by its first bytes.</summary>
internal static class ContentKind
{
    /// <summary>The number of bytes that <see cref="Refuse"/> examines.</summary>
    public const int SniffBytes = 10;

    // If several signatures match, the first one counts. AnyByte matches every byte.
    private static readonly Signature[] Signatures =
    [
        new("UTF-32 text", "convert it with 'iconv -f UTF-32 -t UTF-8'", [0xFF, 0xFE, 0, 0]),
        new("UTF-32 text", "convert it with 'iconv -f UTF-32 -t UTF-8'", [0, 0, 0xFE, 0xFF]),
        new("UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'", [0xFF, 0xFE]),
        new("UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'", [0xFE, 0xFF]),
        new("a zip archive", "unpack it with 'unzip -p'", [0x50, 0x4B, 3, 4]),
        new("a zip archive", "unpack it with 'unzip -p'", [0x50, 0x4B, 5, 6]),
        new("zstd data", "unpack it with 'zstd -dc'", [0x28, 0xB5, 0x2F, 0xFD]),
        new("xz data", "unpack it with 'xz -dc'", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
        new("lz4 data", "unpack it with 'lz4 -dc'", [0x04, 0x22, 0x4D, 0x18]),
        new("a 7z archive", "unpack it with '7z x -so'", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        new("bzip2 data", "unpack it with 'bzip2 -dc'", [0x42, 0x5A, 0x68, AnyByte, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
        new("bzip2 data", "unpack it with 'bzip2 -dc'", [0x42, 0x5A, 0x68, AnyByte, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90]),
        new("binary data that begins with NUL bytes", "name a file of text", new int[SniffBytes]),
    ];

    private const int AnyByte = -1;

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith(Gzip);

    /// <summary>Returns the size of the UTF-8 byte order mark at the start: 3 or 0 bytes.</summary>
    public static int Utf8Mark(ReadOnlySpan<byte> head) => head.StartsWith(Mark) ? Mark.Length : 0;

    /// <summary>
    /// Determines whether more bytes could still change the recognised format. A reader waits for more bytes only in this case, so
    /// that an interactive program gets its answer to a short first line.
    /// </summary>
    public static bool IsUndecided(ReadOnlySpan<byte> head)
    {
        if (head.Length >= SniffBytes)
            return false;
        if ((head.Length < Gzip.Length && Gzip.StartsWith(head)) || (head.Length < Mark.Length && Mark.StartsWith(head)))
            return true;
        foreach (Signature signature in Signatures)
        {
            if (signature.Bytes.Length > head.Length && signature.Fits(head))
                return true;
        }

        return false;
    }

    /// <summary>Throws when the bytes are in a format that is not read. The message names the format and what to do.</summary>
    /// <exception cref="NceFastException">The bytes are in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static void Refuse(string name, ReadOnlySpan<byte> head)
    {
        foreach (Signature signature in Signatures)
        {
            if (head.Length >= signature.Bytes.Length && signature.Fits(head))
                throw new NceFastException(ErrorKind.Input, $"{name} looks like {signature.What} (by its first bytes), but only UTF-8 text is read, plain or compressed with gzip; {signature.Remedy}.");
        }
    }

    private sealed record Signature(string What, string Remedy, int[] Bytes)
    {
        /// <summary>Determines whether the head and the signature agree in the bytes that both have.</summary>
        public bool Fits(ReadOnlySpan<byte> head)
        {
            for (int i = 0; i < Math.Min(head.Length, Bytes.Length); i++)
            {
                if (Bytes[i] != AnyByte && Bytes[i] != head[i])
                    return false;
            }

            return true;
        }
    }
}
