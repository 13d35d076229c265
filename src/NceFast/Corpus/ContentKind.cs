using System.Buffers;
using System.Text;
using static NceFast.Corpus.Signature;

namespace NceFast.Corpus;

/// <summary>Recognises formats that are not text by the first bytes of a file.</summary>
internal static class ContentKind
{
    /// <summary>The number of bytes that <see cref="Refuse"/> examines.</summary>
    public const int SniffBytes = 4096;

    // Random bytes have 11 % control characters and far more than a third of bytes that are not valid UTF-8. Text in an encoding of one byte
    // per letter is kept as it is, unless most of its letters are not ASCII. Shorter texts are not judged.
    private const double MostControls = 0.08, MostInvalid = 1 / 3.0;
    private const int LeastBytes = 512, ZeroBytes = 10, TarOffset = 257, ShownWords = 3;

    // If several signatures match, the first one counts.
    private static readonly Format[] Formats =
    [
        new("UTF-32 text", "convert it with 'iconv -f UTF-32 -t UTF-8'", new([0xFF, 0xFE, 0, 0])),
        new("UTF-32 text", "convert it with 'iconv -f UTF-32 -t UTF-8'", new([0, 0, 0xFE, 0xFF])),
        new("UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'", new([0xFF, 0xFE])),
        new("UTF-16 text", "convert it with 'iconv -f UTF-16 -t UTF-8'", new([0xFE, 0xFF])),
        new("a zip archive", "unpack it with 'unzip -p'", new([0x50, 0x4B, 3, 4])),
        new("a zip archive", "unpack it with 'unzip -p'", new([0x50, 0x4B, 5, 6])),
        new("a tar archive", "unpack it with 'tar -xOf', or name the unpacked files", OfText("ustar", TarOffset)),
        new("a 7z archive", "unpack it with '7z x -so'", new([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])),
        new("a rar archive", "unpack it with 'unrar p'", OfText("Rar!\x1A\x07")),
        new("a Parquet file", "name the column that contains the text as a field", OfText("PAR1")),
        new("an Arrow file", "convert it to Parquet or JSON Lines", OfText("ARROW1")),
        new("an ORC file", "convert it to Parquet or JSON Lines", OfText("ORC\x1")),
        new("an Avro file", "convert it to Parquet or JSON Lines", OfText("Obj\x1")),
        new("an HDF5 file", "export its text to a file", OfText("\x89HDF\r\n\x1A\n")),
        new("an SQLite database", "export its text to a file", OfText("SQLite format 3\0")),
        new("a PDF document", "extract its text with 'pdftotext'", OfText("%PDF-")),
        new("data compressed with 'compress'", "unpack it with 'gzip -dc'", new([0x1F, 0x9D])),
        new("lzip data", "unpack it with 'lzip -dc'", OfText("LZIP\x1")),
        new("lzop data", "unpack it with 'lzop -dc'", OfText("\x89LZO\0")),
        new("lz4 data of the legacy format", "unpack it with 'lz4 -dc'", new([0x02, 0x21, 0x4C, 0x18])),
        new("snappy data", "unpack it with 'snzip -dc'", new([0xFF, 6, 0, 0, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59])),
        new("an executable file", "name a file of text", OfText("\x7F" + "ELF")),
        new("binary data that begins with NUL bytes", "name a file of text", new(new int[ZeroBytes])),
    ];

    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(1, 0x1F).Select(b => (byte)b).Except("\t\n\v\f\r\x1A\x1B"u8.ToArray()), 0x7F]);

    private static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>Returns the size of the UTF-8 byte order mark at the start: 3 or 0 bytes.</summary>
    public static int Utf8Mark(ReadOnlySpan<byte> head) => head.StartsWith(Mark) ? Mark.Length : 0;

    /// <summary>
    /// Determines whether more bytes could still change the recognised format. A reader waits for more bytes only in this case, so
    /// that an interactive program gets its answer to a short first line.
    /// </summary>
    public static bool IsUndecided(ReadOnlySpan<byte> head)
    {
        if (head.Length < Mark.Length && Mark.StartsWith(head))
            return true;
        foreach (Format format in Formats)
        {
            if (format.Signature.MayFollow(head))
                return true;
        }

        return Compression.MayFollow(head);
    }

    /// <summary>Throws when the bytes are in a format that is not read. The message names the format and what to do.</summary>
    /// <exception cref="NceFastException">The bytes are in another format (<see cref="ErrorKind.Input"/>).</exception>
    public static void Refuse(string name, ReadOnlySpan<byte> head)
    {
        foreach (Format format in Formats)
        {
            if (format.Signature.Matches(head))
                throw NotText(name, $"looks like {format.What} (by its first bytes)", format.Remedy);
        }

        if (head.Length < LeastBytes)
            return;
        int controls = Count(head, Controls);
        if (controls > MostControls * head.Length)
            throw NotText(name, FormattableString.Invariant($"looks like binary data ({controls:N0} of its first {head.Length:N0} bytes are control characters)"), "name a file of text");
        int invalid = InvalidBytes(head);
        if (invalid > MostInvalid * head.Length)
            throw NotText(name, FormattableString.Invariant($"is in another encoding or is binary data ({invalid:N0} of its first {head.Length:N0} bytes are not valid UTF-8)"), "convert it with 'iconv -f ENCODING -t UTF-8'");
    }

    /// <summary>Describes why the bytes may not be meant as plain text, with the words that a reader would find; null when there is no doubt.</summary>
    public static string? Doubt(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> text = head[Utf8Mark(head)..].TrimStart(" \t\r\n"u8);
        string? what = text.StartsWith("{\""u8) || text.StartsWith("[{"u8) ? "JSON" : IsMarkup(text) ? "markup" : null;
        if (what is null)
            return null;
        string[] words = Encoding.UTF8.GetString(text).Split((char[])[' ', '\t', '\r', '\n'], ShownWords + 1, StringSplitOptions.RemoveEmptyEntries);
        return $"{what}: its first words are {string.Join(", ", words.Take(ShownWords).Select(word => $"'{(word.Length > 40 ? word[..40] + "..." : word)}'"))}";
    }

    private static bool IsMarkup(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> line = text[..Math.Max(0, text.IndexOf((byte)'\n') is var end && end < 0 ? text.Length : end)];
        return line.Length > 1 && line[0] == (byte)'<' && (line[1] is (byte)'!' or (byte)'?' || char.IsAsciiLetter((char)line[1])) && line.Contains((byte)'>')
            && !line.StartsWith("<s>"u8) && !line.StartsWith("<unk>"u8);
    }

    private static NceFastException NotText(string name, string finding, string remedy) => new(ErrorKind.Input,
        $"{name} {finding}, but only UTF-8 text is read, plain or compressed with {Compression.Names}; {remedy}.");

    private static int Count(ReadOnlySpan<byte> bytes, SearchValues<byte> values)
    {
        int count = 0;
        for (int at; (at = bytes.IndexOfAny(values)) >= 0; bytes = bytes[(at + 1)..])
            count++;
        return count;
    }

    // A character that is cut at the end is not invalid.
    private static int InvalidBytes(ReadOnlySpan<byte> bytes)
    {
        int invalid = 0;
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out _, out int used);
            if (status == OperationStatus.NeedMoreData)
                break;
            if (status != OperationStatus.Done)
                invalid += used;
            bytes = bytes[used..];
        }

        return invalid;
    }

    private sealed record Format(string What, string Remedy, Signature Signature);
}
