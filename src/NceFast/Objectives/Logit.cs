using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NceFast.Objectives;

/// <summary>
/// The logit that all objectives share: D(w, c) = s(w, c) + offset(w) - log Z(c). The offset is the part that depends on the
/// word alone (<see cref="IObjective.Offset"/>). What is added to the score s is the shift.
/// </summary>
internal static class Logit
{
    /// <summary>The logit of a candidate that does not count: its part of every softmax is 0, and so is its gradient.</summary>
    public const float Dropped = -1e30f;

    /// <summary>Computes log(n p_n(w)) of noise that depends on the context, nats.</summary>
    /// <param name="factor">n, see <see cref="IObjective.Offset"/>.</param>
    /// <param name="probability">p_n(w).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal LogNoise<TReal>(TReal factor, TReal probability)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.Log(factor * probability);

    /// <summary>Computes the shift offset(w) - log Z(c), nats. A score may be given instead of the offset, because the logit is a sum.</summary>
    /// <param name="offset">offset(w).</param>
    /// <param name="logZ">log Z(c).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Shift<TReal>(TReal offset, TReal logZ)
        where TReal : IBinaryFloatingPointIeee754<TReal> => offset - logZ;

    /// <inheritdoc cref="Shift{TReal}(TReal, TReal)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Shift(Vector128<float> offset, Vector128<float> logZ) => offset - logZ;

    /// <inheritdoc cref="Shift{TReal}(TReal, TReal)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Shift(Vector256<float> offset, Vector256<float> logZ) => offset - logZ;
}
