using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Objectives;

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

    /// <summary>Writes the shift of each offset: shifts[i] = offsets[i] - logZ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Shift(float* offsets, float logZ, float* shifts, int count)
    {
        int i = 0;
        do
        {
            Logit.Shift(Vector256.Load(offsets + i), Vector256.Create(logZ)).Store(shifts + i);
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
