using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Corpus;

/// <summary>Computes a mask of 64 bytes: a bit is set where the byte is a separator (0x00 to 0x20).</summary>
internal static unsafe class SeparatorMask
{
    public const int Width = 64;
    private const byte Last = 0x20;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(byte* p)
    {
        if (Vector512.IsHardwareAccelerated)
            return Vector512.LessThanOrEqual(Vector512.Load(p), Vector512.Create(Last)).ExtractMostSignificantBits();
        if (Vector256.IsHardwareAccelerated)
            return Of256(p) | ((ulong)Of256(p + 32) << 32);
        return Of128(p) | ((ulong)Of128(p + 16) << 16) | ((ulong)Of128(p + 32) << 32) | ((ulong)Of128(p + 48) << 48);
    }

    /// <summary>
    /// Computes the mask of the last <paramref name="count"/> bytes of a buffer (1 to 63), without reading beyond them.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong OfTail(byte* p, int count)
    {
        ulong mask = 0;
        for (int i = 0; i < count; i++)
            mask |= (p[i] <= Last ? 1ul : 0ul) << i;
        return mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Of256(byte* p) =>
        Vector256.LessThanOrEqual(Vector256.Load(p), Vector256.Create(Last)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Of128(byte* p) =>
        Vector128.LessThanOrEqual(Vector128.Load(p), Vector128.Create(Last)).ExtractMostSignificantBits();
}
