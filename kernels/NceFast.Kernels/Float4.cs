using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NceFast.Kernels;

/// <summary>Four columns of a row: the unit of every load and store, 16 bytes, so that devices move it at once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    /// <summary>this + scale * other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Plus(float scale, Float4 other) =>
        new(X + (scale * other.X), Y + (scale * other.Y), Z + (scale * other.Z), W + (scale * other.W));

    /// <summary>this + a * b, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 PlusProduct(Float4 a, Float4 b) => new(X + (a.X * b.X), Y + (a.Y * b.Y), Z + (a.Z * b.Z), W + (a.W * b.W));

    /// <summary>Selects <paramref name="other"/> or this, without a branch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Or(Float4 other, bool take) => new(take ? other.X : X, take ? other.Y : Y, take ? other.Z : Z, take ? other.W : W);

    /// <summary>Dot product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Dot(Float4 other) => (X * other.X) + (Y * other.Y) + (Z * other.Z) + (W * other.W);

    /// <summary>Sum of the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Sum() => (X + Y) + (Z + W);
}
