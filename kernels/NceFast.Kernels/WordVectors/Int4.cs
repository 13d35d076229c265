using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents four integers that a thread loads at once from shared memory.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Int4
{
    public int X, Y, Z, W;

    /// <summary>Computes the sum of the integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Sum() => X + Y + (Z + W);

    /// <summary>Computes the bits that any of the integers has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Union() => X | Y | (Z | W);

    /// <summary>Gets the smallest of the integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Min() => TileMath.Least(TileMath.Least(X, Y), TileMath.Least(Z, W));

    /// <summary>Gets the largest of the integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Max() => GroupLists.Most(GroupLists.Most(X, Y), GroupLists.Most(Z, W));
}
