using System.Buffers;

namespace NceFast.Exports.Internals;

/// <summary>
/// Divides a line of text vectors into its word and its floats. The floats are the last fields of the line, and all before them is
/// the word, which may contain spaces.
/// </summary>
internal static class TextFields
{
    // A plain integer among floats that have points may be the end of a word, as in "Windows 7".
    private static readonly SearchValues<byte> IntegerBytes = SearchValues.Create("0123456789+-"u8);

    /// <summary>Counts the floats at the end of a line. The first field is never one of them.</summary>
    public static long CountFloats(ReadOnlySpan<byte> line)
    {
        long count = 0;
        while (TryCutLast(ref line, out ReadOnlySpan<byte> field) && IsFloat(field))
            count++;
        return count;
    }

    /// <summary>Finds the word of a line.</summary>
    /// <param name="line">The line, without blanks at its end.</param>
    /// <param name="dim">The number of floats.</param>
    /// <param name="word">The number of bytes of the word.</param>
    /// <returns>False if the line does not end in that number of floats, or if a field before them is one more float.</returns>
    public static bool TryFindWord(ReadOnlySpan<byte> line, int dim, out int word)
    {
        word = 0;
        bool hasIntegers = false;
        for (int i = 0; i < dim; i++)
        {
            if (!TryCutLast(ref line, out ReadOnlySpan<byte> field) || !IsFloat(field))
                return false;
            hasIntegers |= IsInteger(field);
        }

        word = line.Length;
        for (ReadOnlySpan<byte> rest = line; TryCutLast(ref rest, out ReadOnlySpan<byte> field) && IsFloat(field);)
        {
            if (hasIntegers || !IsInteger(field))
                return false;
        }

        return true;
    }

    /// <summary>Determines whether a line has two fields that are whole numbers, as a header has, although perhaps not valid ones.</summary>
    public static bool IsLikeHeader(ReadOnlySpan<byte> line) =>
        TryCutLast(ref line, out ReadOnlySpan<byte> last) && IsInteger(last) && line.IndexOfAny(" \t"u8) < 0 && IsInteger(line);

    private static bool TryCutLast(ref ReadOnlySpan<byte> line, out ReadOnlySpan<byte> field)
    {
        int blank = line.LastIndexOfAny((byte)' ', (byte)'\t');
        field = line[(blank + 1)..];
        line = blank < 0 ? [] : line[..blank].TrimEnd(" \t"u8);
        return !line.IsEmpty;
    }

    private static bool IsFloat(ReadOnlySpan<byte> field)
    {
        int at = 0;
        return FloatText.TryRead(field, ref at, out _) && at == field.Length;
    }

    private static bool IsInteger(ReadOnlySpan<byte> field) => !field.ContainsAnyExcept(IntegerBytes);
}
