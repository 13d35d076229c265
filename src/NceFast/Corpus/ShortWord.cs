using System.Runtime.CompilerServices;

namespace NceFast.Corpus;

/// <summary>Loads a word of at most 16 bytes as two zero-padded numbers.</summary>
internal static unsafe class ShortWord
{
    public const int MaxBytes = 16;

    // Low and high mask for each length from 0 to 16: a load each instead of shifts and a branch at 8 bytes.
    private static ReadOnlySpan<ulong> Masks =>
    [
        0, 0, 0xFF, 0, 0xFFFF, 0, 0xFFFFFF, 0, 0xFFFFFFFF, 0, 0xFFFFFFFFFF, 0, 0xFFFFFFFFFFFF, 0, 0xFFFFFFFFFFFFFF, 0,
        ulong.MaxValue, 0, ulong.MaxValue, 0xFF, ulong.MaxValue, 0xFFFF, ulong.MaxValue, 0xFFFFFF,
        ulong.MaxValue, 0xFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFF, ulong.MaxValue, 0xFFFFFFFFFFFF,
        ulong.MaxValue, 0xFFFFFFFFFFFFFF, ulong.MaxValue, ulong.MaxValue,
    ];

    /// <summary>Loads with 16 readable bytes at <paramref name="p"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* p, int length, out ulong low, out ulong high)
    {
        ref ulong mask = ref Unsafe.Add(ref Unsafe.AsRef(in Masks[0]), length * 2);
        low = Unsafe.ReadUnaligned<ulong>(p) & mask;
        high = Unsafe.ReadUnaligned<ulong>(p + 8) & Unsafe.Add(ref mask, 1);
    }

    /// <summary>Loads without reading past the word.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void LoadCareful(byte* p, int length, out ulong low, out ulong high)
    {
        low = high = 0;
        for (int i = Math.Min(length, 8) - 1; i >= 0; i--)
            low = (low << 8) | p[i];
        for (int i = length - 1; i >= 8; i--)
            high = (high << 8) | p[i];
    }
}
