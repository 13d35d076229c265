using System.Globalization;
using System.Runtime.CompilerServices;

namespace NceFast.Exports.Internals;

/// <remarks>
/// Writes floats with the fewest digits that name them: of six to nine the first whose decimal number lies within half
/// the distance to the next float; one of fewer digits is the same number with zeros at its end. Double precision is exact
/// enough to tell, with a margin of a hundred-millionth; within it one digit more is written. Very small and large floats
/// are left to the framework.
/// </remarks>
internal static partial class FloatText
{
    /// <summary>The most bytes a float takes: -1.17549435E-38.</summary>
    public const int LongestFloat = 15;

    private const int FewestDigits = 6, MostDigits = 9;
    private const float Least = 1e-4f, Most = 10;

    /// <summary>Writes a float, which reads back as the same; returns the bytes written.</summary>
    /// <param name="value">Any float.</param>
    /// <param name="to">Room for <see cref="LongestFloat"/> bytes.</param>
    public static int Write(float value, Span<byte> to)
    {
        float size = Math.Abs(value);
        return size is >= Least and < Most ? WriteUsual(value, size, to) : WriteAny(value, to);
    }

    // Optimised from the first call: a file is written before the runtime would see that this is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WriteUsual(float value, float size, Span<byte> to)
    {
        double d = size;
        int places = d >= 1 ? 0 : d >= 0.1 ? 1 : d >= 0.01 ? 2 : d >= 0.001 ? 3 : 4; // the first digit's place behind the point

        // Half the distance to the next float below, which is the nearer one at a power of two.
        double half = (d - MathF.BitDecrement(size)) / 2 * (1 - 1e-8);
        int behind = places + FewestDigits - 1, most = places + MostDigits - 1;
        double whole;
        for (; ; behind++)
        {
            double power = PowersOf10[behind], scaled = d * power;
            whole = Math.Round(scaled); // A tie goes to the even digit, as in the framework.
            if (behind == most || Math.Abs(whole - scaled) <= half * power)
                break;
        }

        // Zeros at the end need no place.
        var number = (uint)whole;
        while (number % 10 == 0)
        {
            number /= 10;
            behind--;
        }

        return behind > 0 ? WritePoint(value < 0, number, behind, to) : WriteAny(value, to);
    }

    // number / 10^behind, less than 10, from its last digit to its whole part.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WritePoint(bool negative, uint number, int behind, Span<byte> to)
    {
        int sign = negative ? 1 : 0;
        to[0] = (byte)'-';
        for (int at = sign + 1 + behind; at > sign + 1; at--)
        {
            uint rest = number / 10;
            to[at] = (byte)('0' + (number - (10 * rest)));
            number = rest;
        }

        to[sign] = (byte)('0' + number);
        to[sign + 1] = (byte)'.';
        return sign + 2 + behind;
    }

    private static int WriteAny(float value, Span<byte> to)
    {
        value.TryFormat(to, out int length, default, CultureInfo.InvariantCulture);
        return length;
    }
}
