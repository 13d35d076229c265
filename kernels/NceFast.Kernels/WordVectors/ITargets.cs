using System.Runtime.CompilerServices;

namespace NceFast.Kernels.WordVectors;

/// <summary>Which words of a block belong to a position: stateless, so that a kernel is compiled for each.</summary>
internal interface ITargets
{
    /// <summary>First word.</summary>
    static abstract int First(PlanViews plan, int i);

    /// <summary>The word after the last.</summary>
    static abstract int End(PlanViews plan, int i);

    /// <summary>Gets a value indicating whether word <paramref name="t"/>, within the bounds, is one.</summary>
    static abstract bool Has(int i, int t);
}

/// <summary>The words of a position's window: what skip-gram predicts, and what CBOW predicts from.</summary>
internal readonly struct WindowWords : ITargets
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(PlanViews plan, int i) => plan.Low[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(PlanViews plan, int i) => plan.High[i];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int i, int t) => t != i;
}

/// <summary>The word in the middle of a window that is not empty: what CBOW predicts.</summary>
internal readonly struct MiddleWord : ITargets
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(PlanViews plan, int i) => i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(PlanViews plan, int i) => plan.High[i] - plan.Low[i] > 1 ? i + 1 : i;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int i, int t) => true;
}
