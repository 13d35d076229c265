using System.Globalization;
using System.Runtime.CompilerServices;

namespace NceFast.Exports.Internals;

/// <remarks>
/// Writes floats with the fewest digits that identify them. It tries six to nine digits and takes the first decimal number
/// that is closer than half the distance to the next float. A number with fewer than six digits is found with zeros at its
/// end, which are removed. Double precision is sufficient for this comparison except within a margin of 1e-8, where one more
/// digit is written. The framework formats very small and very large floats.
/// </remarks>
internal static partial class FloatText
{
    /// <summary>The maximum number of bytes of a float, as in -1.17549435E-38.</summary>
    public const int LongestFloat = 15;

    private const int FewestDigits = 6, MostDigits = 9;
    private const float Least = 1e-4f, Most = 10;

    /// <summary>Writes a float so that reading it returns the same value.</summary>
    /// <param name="value">Any float.</param>
    /// <param name="to">The destination, at least <see cref="LongestFloat"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Write(float value, Span<byte> to)
    {
        float size = Math.Abs(value);
        return size is >= Least and < Most ? WriteUsual(value, size, to) : WriteAny(value, to);
    }

    // Optimised at the first call, because a whole file can be written before the runtime detects that this method is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int WriteUsual(float value, float size, Span<byte> to)
    {
        double d = size;
        int firstPlace = d >= 1 ? 0 : d >= 0.1 ? 1 : d >= 0.01 ? 2 : d >= 0.001 ? 3 : 4; // The decimal place of the first digit.

        // Half the distance to the next smaller float. At a power of two that float is nearer than the next larger one.
        double half = (d - MathF.BitDecrement(size)) / 2 * (1 - 1e-8);
        int behind = firstPlace + FewestDigits - 1, most = firstPlace + MostDigits - 1;
        double whole;
        for (; ; behind++)
        {
            double power = PowersOf10[behind], scaled = d * power;
            whole = Math.Round(scaled); // A tie goes to the even digit, as in the framework.
            if (behind == most || Math.Abs(whole - scaled) <= half * power)
                break;
        }

        // Removes zeros at the end.
        var number = (uint)whole;
        while (number % 10 == 0)
        {
            number /= 10;
            behind--;
        }

        return behind > 0 ? WritePoint(value < 0, number, behind, to) : WriteAny(value, to);
    }

    // Writes number / 10^behind, which is less than 10, from its last digit to its first.
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
