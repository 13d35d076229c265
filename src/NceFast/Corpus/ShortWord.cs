using System.Runtime.CompilerServices;

namespace NceFast.Corpus;

/// <summary>Loads a word of at most 16 bytes into two integers, padded with zeros.</summary>
internal static unsafe class ShortWord
{
    public const int MaxBytes = 16;

    // The low and the high mask for each length from 0 to 16. Two loads replace shifts and a branch at length 8.
    private static readonly ulong* Masks = MakeMasks();

    /// <summary>Loads a word. 16 bytes from <paramref name="p"/> on must be readable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(byte* p, int length, out ulong low, out ulong high)
    {
        ulong* masks = Masks + ((nint)length * 2);
        low = Unsafe.ReadUnaligned<ulong>(p) & masks[0];
        high = Unsafe.ReadUnaligned<ulong>(p + 8) & masks[1];
    }

    /// <summary>Loads a word without reading beyond it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void LoadCareful(byte* p, int length, out ulong low, out ulong high)
    {
        ulong* copy = stackalloc ulong[2];
        copy[0] = copy[1] = 0;
        Unsafe.CopyBlockUnaligned(copy, p, (uint)length);
        low = copy[0];
        high = copy[1];
    }

    private static ulong* MakeMasks()
    {
        var masks = (ulong*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(ShortWord), (MaxBytes + 1) * 2 * sizeof(ulong));
        for (int length = 0; length <= MaxBytes; length++)
        {
            masks[length * 2] = length >= 8 ? ulong.MaxValue : (1ul << (length * 8)) - 1;
            masks[(length * 2) + 1] = length == MaxBytes ? ulong.MaxValue : length <= 8 ? 0 : (1ul << ((length - 8) * 8)) - 1;
        }

        return masks;
    }
}
