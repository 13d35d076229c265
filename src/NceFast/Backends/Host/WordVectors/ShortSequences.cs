using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NceFast.Objectives;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>
/// Moves short sequences of pointers and floats, as long as one side of a window, one vector at a time. Entries past the end may
/// be read and written. A loop that stopped at the exact length would cost a branch misprediction per sequence.
/// </summary>
internal static unsafe class ShortSequences
{
    /// <summary>The number of entries past the end of a sequence that may be touched.</summary>
    public const int Overrun = 7;

    /// <summary>Copies to[i] = from[i].</summary>
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

    /// <summary>Computes the shift of each offset: shifts[i] = offsets[i] - logZ.</summary>
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

    /// <summary>Adds to[i] += from[i], and writes nothing past the end.</summary>
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
