using System.Runtime.CompilerServices;

namespace NceFast.Kernels.WordVectors;

/// <summary>Specifies which words of a block belong to a position. Implementations have no state, so that a kernel is compiled for each.</summary>
internal interface ITargets
{
    /// <summary>Gets the index of the first word.</summary>
    static abstract int First(PlanViews plan, int i);

    /// <summary>Gets the index after the last word.</summary>
    static abstract int End(PlanViews plan, int i);

    /// <summary>Gets a value indicating whether word <paramref name="t"/>, which is within the bounds, belongs to the position.</summary>
    static abstract bool Has(int i, int t);
}

/// <summary>Represents the words of a position's window, which skip-gram predicts and from which CBOW predicts.</summary>
internal readonly struct WindowWords : ITargets
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(PlanViews plan, int i) => plan.Low[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(PlanViews plan, int i) => plan.High[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int i, int t) => t != i;
}

/// <summary>Represents the word in the middle of a window that is not empty, which CBOW predicts.</summary>
internal readonly struct MiddleWord : ITargets
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(PlanViews plan, int i) => i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(PlanViews plan, int i) => plan.High[i] - plan.Low[i] > 1 ? i + 1 : i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int i, int t) => true;
}
