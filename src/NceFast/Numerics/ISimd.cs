using System.Runtime.Intrinsics;

namespace NceFast.Numerics;

/// <summary>
/// The operations of one vector width. All vector code of the library is written once against this interface. Members are static, so
/// that the JIT compiles one version of the code per width, without calls. <see cref="SimdCatalog"/> chooses the width.
/// </summary>
/// <typeparam name="TVector">The vector of floats.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Gets the floats of a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Gets the number of vector registers. With 32 of them tiles may hold twice the sums.</summary>
    static abstract int Registers { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(float* destination, TVector value);

    static abstract TVector Create(float value);

    /// <summary>a * b + c, fused if the machine can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    static abstract TVector Max(TVector a, TVector b);

    /// <summary>The larger one in a single instruction. NaN if b is NaN; either value if only a is NaN.</summary>
    static abstract TVector MaxOfNumbers(TVector a, TVector b);

    /// <summary>-|a|.</summary>
    static abstract TVector NegativeAbs(TVector a);

    static abstract TVector Round(TVector a);

    /// <summary>a times 2^n, for whole n from -126 to 127.</summary>
    static abstract TVector Scale(TVector a, TVector n);

    /// <summary>a where x is at least 0, else b.</summary>
    static abstract TVector SelectNonNegative(TVector x, TVector a, TVector b);

    /// <summary>One bit per float: whether a is at least b.</summary>
    static abstract ulong GreaterThanOrEqual(TVector a, TVector b);

    /// <summary>Whether any float differs from 0; NaN does.</summary>
    static abstract bool AnyNonZero(TVector a);

    static abstract float Sum(TVector a);

    /// <summary>The sums of four vectors side by side: one transposition instead of four reductions.</summary>
    static abstract Vector128<float> Sum4(TVector a, TVector b, TVector c, TVector d);
}
