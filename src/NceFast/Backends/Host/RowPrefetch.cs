using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Backends.Host;

/// <summary>Asks for rows ahead of their use. Frequent words have small ids and stay in cache by themselves.</summary>
internal static unsafe class RowPrefetch
{
    /// <summary>Rows below this are not worth asking for.</summary>
    public const int First = 64;

    private const int LineFloats = 16;

    /// <summary>Brings a row into the second-level cache: what is asked for a step ahead would drive what this step uses from the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(float* row, int stride) => AskUntil(row, row + stride);

    /// <summary>Brings the lines from an address up to an end into the second-level cache; returns the line to go on with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float* AskUntil(float* line, float* end)
    {
        for (; line < end; line += LineFloats)
            AskLine(line);
        return line;
    }

    /// <summary>Brings the line of an address into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AskLine(float* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch1(address);
    }
}
