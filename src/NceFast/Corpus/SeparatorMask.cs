using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Corpus;

/// <summary>
/// Computes a mask of 64 bytes: a bit is set where the byte is a separator (0x00 to 0x20). One implementation per vector width.
/// </summary>
internal unsafe interface ISeparatorMask
{
    /// <summary>Computes the mask of <see cref="SeparatorMask.Width"/> bytes.</summary>
    static abstract ulong Of(byte* p);
}

/// <summary>Holds what all widths of <see cref="ISeparatorMask"/> share.</summary>
internal static unsafe class SeparatorMask
{
    /// <summary>Bytes of a mask.</summary>
    public const int Width = 64;

    /// <summary>The largest byte that separates.</summary>
    public const byte Last = 0x20;

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
}

/// <summary>A byte at a time.</summary>
internal readonly unsafe struct SeparatorMaskScalar : ISeparatorMask
{
    public static ulong Of(byte* p) => SeparatorMask.OfTail(p, SeparatorMask.Width);
}

/// <summary>16 bytes at a time.</summary>
internal readonly unsafe struct SeparatorMask128 : ISeparatorMask
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(byte* p) => Part(p) | ((ulong)Part(p + 16) << 16) | ((ulong)Part(p + 32) << 32) | ((ulong)Part(p + 48) << 48);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Part(byte* p) => Vector128.LessThanOrEqual(Vector128.Load(p), Vector128.Create(SeparatorMask.Last)).ExtractMostSignificantBits();
}

/// <summary>32 bytes at a time.</summary>
internal readonly unsafe struct SeparatorMask256 : ISeparatorMask
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(byte* p) => Part(p) | ((ulong)Part(p + 32) << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Part(byte* p) => Vector256.LessThanOrEqual(Vector256.Load(p), Vector256.Create(SeparatorMask.Last)).ExtractMostSignificantBits();
}

/// <summary>64 bytes at once.</summary>
internal readonly unsafe struct SeparatorMask512 : ISeparatorMask
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(byte* p) => Vector512.LessThanOrEqual(Vector512.Load(p), Vector512.Create(SeparatorMask.Last)).ExtractMostSignificantBits();
}
