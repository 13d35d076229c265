using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels;

/// <summary>Specifies how a group changes values that other groups may change at the same time.</summary>
internal interface IRowAdds
{
    /// <summary>Adds to a value.</summary>
    static abstract void Add(ref float to, float change);

    /// <summary>Adds to four values.</summary>
    static abstract void Add(ArrayView<Float4> to, long at, Float4 change);
}

/// <summary>Represents atomic additions. No change is lost. CUDA has an instruction for them; OpenCL compares and swaps.</summary>
internal struct AtomicAdds : IRowAdds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref float to, float change) => Atomic.Add(ref to, change);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<Float4> to, long at, Float4 change)
    {
        ArrayView<float> floats = to.Cast<float>();
        Atomic.Add(ref floats[4 * at], change.X);
        Atomic.Add(ref floats[(4 * at) + 1], change.Y);
        Atomic.Add(ref floats[(4 * at) + 2], change.Z);
        Atomic.Add(ref floats[(4 * at) + 3], change.W);
    }
}

/// <summary>Represents plain loads and stores. If two groups change a value at the same moment, one of the changes may be lost.</summary>
internal struct PlainAdds : IRowAdds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref float to, float change) => to += change;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<Float4> to, long at, Float4 change) => to[at] = to[at].Plus(1, change);
}
