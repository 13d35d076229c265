using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Unicode;
using NceFast.Corpus;

namespace NceFast.Exports.Internals;

/// <summary>Represents the first line of a word2vec file.</summary>
/// <param name="Words">The number of words that the line states.</param>
/// <param name="Dim">The number of floats per word.</param>
/// <param name="End">The byte position after the newline.</param>
internal readonly record struct Word2VecHeader(long Words, long Dim, int End);

/// <summary>Detects file formats from their first bytes.</summary>
internal static class FormatProbe
{
    private const int LongestHeader = 64;
    private const int ShownLine = 1 << 16, LongestFirstLine = 1 << 26;
    private const int LeastPlainDim = 2; // A table of words and counts has one number per line.

    /// <summary>The bytes of floats and of the separators between them.</summary>
    public static readonly SearchValues<byte> FloatBytes = SearchValues.Create("0123456789+-.eE \t\rnaNifIty"u8);

    // Bytes that text does not contain: 0x7F, and bytes below 0x20 other than tab, line feed and carriage return.
    private static readonly SearchValues<byte> Controls = SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(b => b is not ('\t' or '\n' or '\r')).Append(0x7F).Select(b => (byte)b)]);

    /// <summary>Detects the format of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dim">The number of floats of the first line of <see cref="VectorFormat.GloVe"/>; 0 for other formats.</param>
    public static VectorFormat Recognise(InputFile file, out int dim)
    {
        Span<byte> start = stackalloc byte[16];
        start = start[..file.Read(start, 0)];
        dim = 0;
        if (start.Length >= 6 && start[0] == 0x93 && start[1..6].SequenceEqual("NUMPY"u8))
            return VectorFormat.Npy;
        if (TryHeader(file, out Word2VecHeader header))
            return IsText(file, header) ? VectorFormat.Word2Vec : VectorFormat.Word2VecBinary;
        if (start.Length > 8 && start[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)file.Length - 8)
            return VectorFormat.Safetensors;
        if (file.IsCompressed && Compression.Of(start) is { } twice)
            throw file.Error("byte 0", $"the decompressed content is {twice.Name} again; decompress it once.");
        ContentKind.Refuse(file.Path, start);
        if (TryPlainLine(file, out dim))
            return VectorFormat.GloVe;
        throw file.Error("byte 0", "the format was not recognised; the supported formats are word2vec text or binary (first line 'words dim'), GloVe text (a word and at least two floats per line), NumPy (.npy) and safetensors.");
    }

    /// <summary>Returns the byte position at which text begins, after a byte order mark.</summary>
    public static int StartOf(InputFile file)
    {
        Span<byte> start = stackalloc byte[3];
        return ContentKind.Utf8Mark(start[..file.Read(start, 0)]);
    }

    /// <summary>Reads the line <c>words dim</c>. Returns false if the file does not begin with such a line.</summary>
    public static bool TryHeader(InputFile file, out Word2VecHeader header)
    {
        header = default;
        Span<byte> line = stackalloc byte[LongestHeader];
        int start = StartOf(file);
        line = line[..file.Read(line, start)];
        int newline = line.IndexOf((byte)'\n');
        if (newline < 0)
            return false;
        ReadOnlySpan<byte> text = line[..newline].TrimEnd(" \r\t"u8);
        if (!Utf8Parser.TryParse(text, out long words, out int used) || words < 0 || text[0] is not (>= (byte)'0' and <= (byte)'9'))
            return false;
        text = text[used..];
        ReadOnlySpan<byte> rest = text.TrimStart(" \t"u8);
        if (rest.Length == text.Length || !Utf8Parser.TryParse(rest, out long dim, out used) || used != rest.Length)
            return false;
        header = new Word2VecHeader(words, dim, start + newline + 1);
        return true;
    }

    /// <summary>
    /// Determines whether a file is text. It is if its first row has as many floats as the header states. It also is if the
    /// beginning of the file has no control bytes and either its first row has floats, in any number, or the bytes are UTF-8
    /// that does not fit the rows of the binary format.
    /// </summary>
    private static bool IsText(InputFile file, Word2VecHeader header)
    {
        const int LongestFloat = 48;
        if (header.Dim is < 1 or > int.MaxValue / 64)
            return true; // Both readers reject this header.
        long left = file.Length - header.End, want = Math.Min(left, (1 << 16) + Math.Clamp(header.Dim, 1, 1 << 20) * LongestFloat);
        ReadOnlySpan<byte> head = file.ReadUpTo(header.End, (int)want), row = head[(head.IndexOfAny((byte)' ', (byte)'\t') + 1)..];
        bool toEnd = want == left || head.Length < want;
        int newline = row.IndexOf((byte)'\n');

        // A binary float can contain the byte of a newline. But in text, the second newline cannot be where the first row
        // of the binary format would end, because two rows of text take at least 4 * dim + 2 bytes.
        long binaryEnd = 4 * header.Dim;
        if (newline >= 0 && newline < binaryEnd && binaryEnd < row.Length && row[(int)binaryEnd] == '\n')
            return false;
        row = newline < 0 ? row : row[..newline];
        long tokens = row.ContainsAnyExcept(FloatBytes) ? 0 : Tokens(row);
        return tokens == header.Dim
            || (!head.ContainsAny(Controls) && (tokens > 0 || (IsUtf8(head, toEnd) && !new BinaryRows(4 * (int)header.Dim).Fits(head, toEnd, header.Words))));
    }

    // GloVe text has no header. Its first line is a word and floats.
    private static bool TryPlainLine(InputFile file, out int dim)
    {
        dim = 0;
        int start = StartOf(file);
        for (int shown = ShownLine; shown <= LongestFirstLine; shown *= 4)
        {
            byte[] bytes = new byte[Math.Min(shown, Math.Max(0, file.Length - start))];
            ReadOnlySpan<byte> line = bytes.AsSpan(0, file.Read(bytes, start));
            int newline = line.IndexOf((byte)'\n');
            bool isWhole = newline >= 0 || line.Length < shown;
            line = (newline < 0 ? line : line[..newline]).TrimEnd(" \t\r"u8);
            if (line.ContainsAny(Controls))
                return false;
            if (!isWhole)
                continue;
            long floats = line.IsEmpty || TextFields.IsLikeHeader(line) ? 0 : TextFields.CountFloats(line);
            dim = (int)floats;
            return floats is >= LeastPlainDim and <= int.MaxValue / 64;
        }

        return false;
    }

    // The beginning that was read may end within a character.
    private static bool IsUtf8(ReadOnlySpan<byte> head, bool toEnd)
    {
        for (int cut = 0; cut <= (toEnd ? 0 : 3) && cut <= head.Length; cut++)
        {
            if (Utf8.IsValid(head[..^cut]))
                return true;
        }

        return false;
    }

    /// <summary>Counts the fields of a line, which are separated by spaces or tabs.</summary>
    public static long Tokens(ReadOnlySpan<byte> text)
    {
        long tokens = 0;
        bool inside = false;
        foreach (byte b in text)
        {
            bool blank = b is (byte)' ' or (byte)'\t' or (byte)'\r';
            tokens += !blank && !inside ? 1 : 0;
            inside = !blank;
        }

        return tokens;
    }
}
