using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>
/// Short runs of pointers and floats, as long as one side of a window. They are moved a vector at a time and may be read and
/// written past their end: a loop that stops at the exact length costs a wrong guess of the processor for each run.
/// </summary>
internal static unsafe class Runs
{
    /// <summary>Entries that may be touched after the end of a run.</summary>
    public const int Overrun = 7;

    /// <summary>to[i] = from[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(float** from, float** to, int count)
    {
        int i = 0;
        do
        {
            Vector512.Load((ulong*)(from + i)).Store((ulong*)(to + i));
            i += 8;
        }
        while (i < count);
    }

    /// <summary>to[i] = from[i] - value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Subtract(float* from, float value, float* to, int count)
    {
        int i = 0;
        do
        {
            (Vector256.Load(from + i) - Vector256.Create(value)).Store(to + i);
            i += 8;
        }
        while (i < count);
    }

    /// <summary>to[i] += from[i]; writes nothing past the end.</summary>
    /// <returns>SUM from[i].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float* from, float* to, int count)
    {
        float sum = 0;
        for (int i = 0; i < count; i++)
        {
            to[i] += from[i];
            sum += from[i];
        }

        return sum;
    }
}
