using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Backends.Host;

/// <summary>Prefetches rows ahead of their use. Frequent words have small ids and stay in cache without it.</summary>
internal static unsafe class RowPrefetch
{
    /// <summary>The first row worth a prefetch.</summary>
    public const int First = 64;

    private const int LineFloats = 16;

    /// <summary>Prefetches a row into the second-level cache. In the first level, the rows of the next step would evict those that this step uses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Row(float* row, int stride) => Until(row, row + stride);

    /// <summary>Prefetches the lines from an address up to an end into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* Until(float* line, float* end)
    {
        for (; line < end; line += LineFloats)
            Line(line);
        return line;
    }

    /// <summary>Prefetches the line of an address into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
