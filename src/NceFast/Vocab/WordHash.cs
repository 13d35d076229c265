using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace NceFast.Vocab;

/// <summary>
/// Hashes words by folded 64-by-64-bit multiplication. The seed is random in each process, so that nobody can construct a text
/// whose words collide. No result depends on the seed.
/// </summary>
internal static class WordHash
{
    /// <summary>The lowest byte of the key of a long word. It is a separator, so that no short word begins with it.</summary>
    public const byte LongMark = 1;

    private static readonly ulong Seed0 = Random();
    private static readonly ulong Seed1 = Random();
    private static readonly ulong Seed2 = Random();

    /// <summary>Returns the hash of a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong low, ulong high) => Fold(low ^ Seed0, high ^ Seed1);

    /// <summary>Returns the key of a word of more than 16 bytes: 120 hash bits and <see cref="LongMark"/>.</summary>
    public static (ulong Low, ulong High) LongKey(ReadOnlySpan<byte> word)
    {
        ulong a = Seed1 ^ (ulong)word.Length, b = Seed2;
        int i = 0;
        for (; i + 16 <= word.Length; i += 16)
            Step(ref a, ref b, MemoryMarshal.Read<ulong>(word[i..]), MemoryMarshal.Read<ulong>(word[(i + 8)..]));
        // The last 16 bytes may overlap those before.
        Step(ref a, ref b, MemoryMarshal.Read<ulong>(word[^16..]), MemoryMarshal.Read<ulong>(word[^8..]));
        return ((a & ~0xFFul) | LongMark, b);
    }

    private static void Step(ref ulong a, ref ulong b, ulong x, ulong y)
    {
        ulong next = Fold(a ^ x, y ^ Seed0);
        b = Fold(b ^ y, x ^ Seed2) + a;
        a = next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong x, ulong y)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }

    private static ulong Random() => MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(8)) | 1;
}
