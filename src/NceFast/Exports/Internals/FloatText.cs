using System.Globalization;
using System.Runtime.CompilerServices;

namespace NceFast.Exports.Internals;

/// <summary>
/// Parses floats from text with correct rounding. Up to 19 digits and a small power of ten give a double with a single
/// rounding (Clinger 1990). The double is cast to float unless it lies midway between two floats, where the second rounding
/// could be wrong. The parser of the framework handles that case and all rare forms.
/// </summary>
internal static partial class FloatText
{
    private const int LongestToken = 128;

    private static readonly double[] PowersOf10 =
    [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ];

    /// <summary>Parses the float at <paramref name="at"/> and advances past it. The float must end at a space, a tab or the end of the text.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, ref int at, out float value)
    {
        int start = at;
        int i = at;
        bool negative = false;
        if (i < text.Length && text[i] is (byte)'-' or (byte)'+')
            negative = text[i++] == '-';

        ulong mantissa = 0;
        int first = i;
        i = Digits(text, i, ref mantissa);
        int digits = i - first;
        int scale = 0;
        if (i < text.Length && text[i] == '.')
        {
            int point = ++i;
            i = Digits(text, i, ref mantissa);
            scale = point - i;
            digits += i - point;
        }

        if (i < text.Length && (text[i] | 0x20) == 'e' && !TryExponent(text, ref i, ref scale))
            return Slow(text, start, ref at, out value);
        if (digits is 0 or > 19 || mantissa > 1UL << 53 || scale is < -22 or > 22 || !AtEnd(text, i))
            return Slow(text, start, ref at, out value);

        double d = scale < 0 ? mantissa / PowersOf10[-scale] : mantissa * PowersOf10[scale];
        const ulong Dropped = (1UL << 29) - 1;
        bool midway = (BitConverter.DoubleToUInt64Bits(d) & Dropped) == 1UL << 28;
        if (midway || (d != 0 && d is < 1e-30 or > 1e30))
            return Slow(text, start, ref at, out value);
        value = (float)(negative ? -d : d);
        at = i;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Digits(ReadOnlySpan<byte> text, int i, ref ulong mantissa)
    {
        ulong m = mantissa;
        for (; (uint)i < (uint)text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9)
                break;
            m = m * 10 + digit;
        }

        mantissa = m;
        return i;
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, ref int i, ref int scale)
    {
        int at = i + 1;
        bool negative = false;
        if (at < text.Length && text[at] is (byte)'-' or (byte)'+')
            negative = text[at++] == '-';
        ulong exponent = 0;
        int end = Digits(text, at, ref exponent);
        if (end == at || end - at > 4)
            return false;
        scale += negative ? -(int)exponent : (int)exponent;
        i = end;
        return true;
    }

    private static bool AtEnd(ReadOnlySpan<byte> text, int i) =>
        i == text.Length || text[i] is (byte)' ' or (byte)'\t';

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Slow(ReadOnlySpan<byte> text, int start, ref int at, out float value)
    {
        int length = text[start..].IndexOfAny((byte)' ', (byte)'\t');
        length = length < 0 ? text.Length - start : length;
        value = 0;
        if (length is 0 or > LongestToken)
            return false;
        ReadOnlySpan<byte> token = text.Slice(start, length);
        at = start + length;
        return float.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out value) || TryName(token, out value);
    }

    /// <summary>Parses the names of NaN and infinity that C and Python print, in upper or lower case.</summary>
    private static bool TryName(ReadOnlySpan<byte> token, out float value)
    {
        ReadOnlySpan<byte> name = token.TrimStart("+-"u8);
        value = float.NaN;
        if (System.Text.Ascii.EqualsIgnoreCase(name, "nan"u8))
            return true;
        value = token[0] == '-' ? float.NegativeInfinity : float.PositiveInfinity;
        return System.Text.Ascii.EqualsIgnoreCase(name, "inf"u8) || System.Text.Ascii.EqualsIgnoreCase(name, "infinity"u8);
    }
}
