using System.Runtime.CompilerServices;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Specifies how the place of a context row enters h, in kernels that work element by element.</summary>
internal interface IPlaceKind
{
    /// <summary>Gets a value indicating whether h is computed by an element-wise product with one row per place.</summary>
    static abstract bool IsDiagonal { get; }

    /// <summary>Computes the part of h that comes from a context row.</summary>
    static abstract Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row);

    /// <summary>Computes the gradient of a context row.</summary>
    static abstract Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit);
}

/// <summary>Represents models in which the place has no effect.</summary>
internal struct NoPlace : IPlaceKind
{
    public static bool IsDiagonal => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row) => row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit) =>
        a.Batch.Gradient[((long)prediction * a.Model.Columns) + unit];
}

/// <summary>Represents models with one vector per place.</summary>
internal struct DiagonalPlace : IPlaceKind
{
    public static bool IsDiagonal => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row) =>
        default(Float4).PlusProduct(row, a.Model.PlaceWeights[((long)place * a.Model.Columns) + unit]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit) =>
        default(Float4).PlusProduct(a.Batch.Gradient[((long)prediction * a.Model.Columns) + unit], a.Model.PlaceWeights[((long)place * a.Model.Columns) + unit]);
}

/// <summary>Represents models with one matrix per place. Both directions are separate products, see <see cref="FullPlaceKernels"/>.</summary>
internal struct FullPlace : IPlaceKind
{
    public static bool IsDiagonal => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row) => row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit) =>
        a.Batch.Carried[((((long)place * a.Batch.Capacity) + prediction) * a.Model.Columns) + unit];
}
