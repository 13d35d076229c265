using System.Globalization;
using System.Text;

namespace NceFast.Corpus.Records;

/// <summary>Replaces the escapes in strings of JSON by their characters.</summary>
internal static class JsonString
{
    private const int DigitsOfEscape = 4;

    /// <summary>Appends the characters of a string.</summary>
    /// <param name="escaped">The bytes between the quotation marks. The reader of JSON has checked that the escapes are valid.</param>
    /// <param name="text">Receives the characters as UTF-8.</param>
    /// <returns>False when an escape is half of a surrogate pair.</returns>
    public static bool TryAppend(ReadOnlySpan<byte> escaped, TextBuffer text)
    {
        for (int at; (at = escaped.IndexOf((byte)'\\')) >= 0;)
        {
            text.Append(escaped[..at]);
            byte kind = escaped[at + 1];
            escaped = escaped[(at + 2)..];
            if (kind != (byte)'u')
                text.Append(Simple(kind));
            else if (!TryAppendNumbered(ref escaped, text))
                return false;
        }

        text.Append(escaped);
        return true;
    }

    private static byte Simple(byte kind) => kind switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'t' => (byte)'\t',
        (byte)'r' => (byte)'\r',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => kind,
    };

    private static bool TryAppendNumbered(ref ReadOnlySpan<byte> rest, TextBuffer text)
    {
        char first = Number(rest);
        rest = rest[DigitsOfEscape..];
        if (!Rune.TryCreate(first, out Rune rune))
        {
            if (!rest.StartsWith("\\u"u8) || !Rune.TryCreate(first, Number(rest[2..]), out rune))
                return false;
            rest = rest[(2 + DigitsOfEscape)..];
        }

        Span<byte> bytes = stackalloc byte[4];
        text.Append(bytes[..rune.EncodeToUtf8(bytes)]);
        return true;
    }

    private static char Number(ReadOnlySpan<byte> digits) =>
        (char)ushort.Parse(digits[..DigitsOfEscape], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
