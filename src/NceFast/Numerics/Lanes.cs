using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Numerics;

/// <summary>The few operations a score tile needs of one vector width, so that the tile is written once.</summary>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    static abstract int Count { get; }

    static abstract TVector Load(float* from);

    static abstract TVector Splat(float value);

    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector sum);

    /// <summary>Stores scores * scale and tells, a bit a lane, which are at least their threshold.</summary>
    static abstract ulong Finish(TVector scores, float scale, float* thresholds, float* to);
}

/// <summary>16 lanes: AVX-512.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<float>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Splat(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> sum) =>
        Vector512.MultiplyAddEstimate(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Finish(Vector512<float> scores, float scale, float* thresholds, float* to)
    {
        Vector512<float> scaled = scores * scale;
        scaled.Store(to);
        return Vector512.GreaterThanOrEqual(scaled, Vector512.Load(thresholds)).ExtractMostSignificantBits();
    }
}

/// <summary>8 lanes: AVX2.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Splat(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> sum) =>
        Vector256.MultiplyAddEstimate(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Finish(Vector256<float> scores, float scale, float* thresholds, float* to)
    {
        Vector256<float> scaled = scores * scale;
        scaled.Store(to);
        return Vector256.GreaterThanOrEqual(scaled, Vector256.Load(thresholds)).ExtractMostSignificantBits();
    }
}

/// <summary>4 lanes: NEON, SSE, and the framework's own loops where there is no vector unit.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Splat(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> sum) =>
        Vector128.MultiplyAddEstimate(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Finish(Vector128<float> scores, float scale, float* thresholds, float* to)
    {
        Vector128<float> scaled = scores * scale;
        scaled.Store(to);
        return Vector128.GreaterThanOrEqual(scaled, Vector128.Load(thresholds)).ExtractMostSignificantBits();
    }
}
