using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NceFast.Kernels;

/// <summary>Represents four columns of a row. They are the unit of every load and store: 16 bytes, which devices move at once.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Float4(float x, float y, float z, float w)
{
    public float X = x, Y = y, Z = z, W = w;

    /// <summary>Computes this + scale * other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Plus(float scale, Float4 other) =>
        new(X + (scale * other.X), Y + (scale * other.Y), Z + (scale * other.Z), W + (scale * other.W));

    /// <summary>Computes this + a * b, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 PlusProduct(Float4 a, Float4 b) => new(X + (a.X * b.X), Y + (a.Y * b.Y), Z + (a.Z * b.Z), W + (a.W * b.W));

    /// <summary>Computes the product with a scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Times(float scale) => new(X * scale, Y * scale, Z * scale, W * scale);

    /// <summary>Computes the product, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Times(Float4 other) => new(X * other.X, Y * other.Y, Z * other.Z, W * other.W);

    /// <summary>Replaces columns that are not positive by 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Float4 Positive() => new(X > 0 ? X : 0, Y > 0 ? Y : 0, Z > 0 ? Z : 0, W > 0 ? W : 0);

    /// <summary>Computes the dot product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Dot(Float4 other) => (X * other.X) + (Y * other.Y) + (Z * other.Z) + (W * other.W);

    /// <summary>Computes the sum of the columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float Sum() => (X + Y) + (Z + W);
}
