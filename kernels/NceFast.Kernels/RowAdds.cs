using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels;

/// <summary>Specifies how a group changes values that other groups may change at the same time.</summary>
internal interface IRowAdds
{
    /// <summary>Adds to a value.</summary>
    static abstract void Add(ArrayView<float> to, long at, float change);

    /// <summary>Adds to four values.</summary>
    static abstract void Add(ArrayView<Float4> to, long at, Float4 change);
}

/// <summary>Represents additions by the instruction of CUDA. No change is lost.</summary>
/// <remarks>
/// Other devices need <see cref="SwapAdds"/>. ILGPU compares and swaps floats there, and NaN is not equal to itself, so that an addition to
/// NaN would never end.
/// </remarks>
internal struct AtomicAdds : IRowAdds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<float> to, long at, float change) => Atomic.Add(ref to[at], change);

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

/// <summary>Represents additions that compare and swap the bits of a value until no other group has changed it. No change is lost.</summary>
internal struct SwapAdds : IRowAdds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<float> to, long at, float change)
    {
        ArrayView<uint> bits = to.Cast<uint>();
        uint seen = bits[at], before;
        do
        {
            before = seen;
            seen = Atomic.CompareExchange(ref bits[at], before, Interop.FloatAsInt(Interop.IntAsFloat(before) + change));
        }
        while (seen != before);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<Float4> to, long at, Float4 change)
    {
        ArrayView<float> floats = to.Cast<float>();
        Add(floats, 4 * at, change.X);
        Add(floats, (4 * at) + 1, change.Y);
        Add(floats, (4 * at) + 2, change.Z);
        Add(floats, (4 * at) + 3, change.W);
    }
}

/// <summary>Represents plain loads and stores. If two groups change a value at the same moment, one of the changes may be lost.</summary>
internal struct PlainAdds : IRowAdds
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<float> to, long at, float change) => to[at] += change;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ArrayView<Float4> to, long at, Float4 change) => to[at] = to[at].Plus(1, change);
}
