using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Numerics;

/// <summary>Prefetches rows ahead of their use. The rows of frequent words have small ids and stay in the cache without it.</summary>
internal static unsafe class RowPrefetch
{
    /// <summary>The first row that is worth a prefetch.</summary>
    public const int First = 64;

    private const int LineFloats = 16;

    /// <summary>Prefetches a row into the second-level cache. In the first level, the rows of the next step would evict those that this step uses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row(float* row, int stride) => Until(row, row + stride);

    /// <summary>Prefetches the cache lines from one address up to another into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* Until(float* line, float* end)
    {
        for (; line < end; line += LineFloats)
            Line(line);
        return line;
    }

    /// <summary>Prefetches the cache line at an address into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
