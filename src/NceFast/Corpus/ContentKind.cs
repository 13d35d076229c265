namespace NceFast.Corpus;

/// <summary>What the first bytes of a file say it is.</summary>
internal static class ContentKind
{
    /// <summary>Bytes that <see cref="Refusal"/> looks at.</summary>
    public const int SniffBytes = 10;

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    /// <summary>Bytes of a UTF-8 byte order mark at the start: 3 or 0.</summary>
    public static int Utf8Mark(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0;

    /// <summary>Throws when the bytes are no text this reader takes, saying what they are and what to do.</summary>
    public static void Refuse(string name, ReadOnlySpan<byte> head)
    {
        if (Refusal(head) is (string what, string remedy))
            throw new NceFastException(ErrorKind.Input, $"{name} looks like {what} (by its first bytes); the corpus must be UTF-8 text or gzip: {remedy}.");
    }

    private static (string What, string Remedy)? Refusal(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) || head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            return ("UTF-32 text", "convert it with 'iconv -f UTF-32 -t UTF-8'");
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return ("UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'");
        if (head.StartsWith((ReadOnlySpan<byte>)[0x50, 0x4B, 3, 4]) || head.StartsWith((ReadOnlySpan<byte>)[0x50, 0x4B, 5, 6]))
            return ("a zip archive", "unpack it, or pipe 'unzip -p' in and name '-' as the corpus");
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            return ("zstd data", "pipe 'zstd -dc' in and name '-' as the corpus");
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]))
            return ("xz data", "pipe 'xz -dc' in and name '-' as the corpus");
        if (head.Length >= 10 && head.StartsWith("BZh"u8) && (head[4..].StartsWith((ReadOnlySpan<byte>)[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) || head[4..].StartsWith((ReadOnlySpan<byte>)[0x17, 0x72, 0x45, 0x38, 0x50, 0x90])))
            return ("bzip2 data", "pipe 'bzip2 -dc' in and name '-' as the corpus");
        return null;
    }
}
