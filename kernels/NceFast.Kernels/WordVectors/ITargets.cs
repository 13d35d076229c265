using System.Runtime.CompilerServices;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Specifies which tokens of a set belong to its positions, from the lists in shared memory. Implementations have no state, so that a
/// kernel is compiled for each.
/// </summary>
internal interface ITargets
{
    /// <summary>Gets a value indicating whether the slots are rows of the input table; otherwise they are means of rows.</summary>
    static abstract bool HaveInputs { get; }

    /// <summary>Gets the number of words that a position predicts, or from which it is predicted.</summary>
    /// <param name="low">The first token of the position's window.</param>
    /// <param name="high">The token after the last one of the window.</param>
    static abstract int Count(int low, int high);

    /// <summary>Gets the first token that belongs to any position of a batch of eight, counted from the set's first token.</summary>
    static abstract int First(GroupMemory m, PositionSet set, int batch);

    /// <summary>Gets the token after the last one that belongs to any position of the batch.</summary>
    static abstract int End(GroupMemory m, PositionSet set, int batch);

    /// <summary>Gets the positions to which a token belongs, one bit each.</summary>
    static abstract int Positions(GroupMemory m, PositionSet set, int token);
}

/// <summary>Represents the words of a position's window, which skip-gram predicts and from which CBOW predicts.</summary>
internal readonly struct WindowWords : ITargets
{
    public static bool HaveInputs => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(int low, int high) => high > low ? high - low - 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(GroupMemory m, PositionSet set, int batch) =>
        TileMath.Least(m.Low[batch >> 2].Min(), m.Low[(batch >> 2) + 1].Min()) - set.From;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(GroupMemory m, PositionSet set, int batch) =>
        GroupLists.Most(m.High[batch >> 2].Max(), m.High[(batch >> 2) + 1].Max()) - set.From;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Positions(GroupMemory m, PositionSet set, int token) => m.Positions[token];
}

/// <summary>Represents the word in the middle of a window that is not empty, which CBOW predicts.</summary>
internal readonly struct MiddleWord : ITargets
{
    public static bool HaveInputs => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(int low, int high) => high - low > 1 ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First(GroupMemory m, PositionSet set, int batch) => set.Own + batch;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End(GroupMemory m, PositionSet set, int batch) => set.Own + TileMath.Least(set.Count, batch + TileMath.Batch);

    // A position whose window is empty has no slot, so that its bit is not used.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Positions(GroupMemory m, PositionSet set, int token) =>
        token >= set.Own && token < set.Own + set.Count ? 1 << (token - set.Own) : 0;
}
