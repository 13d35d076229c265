using System.Runtime.CompilerServices;

namespace NceFast.Kernels.LanguageModels;

/// <summary>How a context row's place enters h, in kernels that work element by element.</summary>
internal interface IPlaceKind
{
    /// <summary>Gets a value indicating whether h is made by an element-wise product with one row per place.</summary>
    static abstract bool IsDiagonal { get; }

    /// <summary>A context row's part of h.</summary>
    static abstract Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row);

    /// <summary>The gradient of a context row.</summary>
    static abstract Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit);
}

/// <summary>The place does not count.</summary>
internal struct NoPlace : IPlaceKind
{
    public static bool IsDiagonal => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row) => row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit) =>
        a.Batch.Gradient[((long)prediction * a.Model.Columns) + unit];
}

/// <summary>One vector per place.</summary>
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

/// <summary>One matrix per place; both directions are products of their own, see <see cref="FullPlaceKernels"/>.</summary>
internal struct FullPlace : IPlaceKind
{
    public static bool IsDiagonal => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Forward(LanguageModelArguments a, int place, int unit, Float4 row) => row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Backward(LanguageModelArguments a, int place, int prediction, int unit) =>
        a.Batch.Carried[((((long)place * a.Batch.Capacity) + prediction) * a.Model.Columns) + unit];
}
