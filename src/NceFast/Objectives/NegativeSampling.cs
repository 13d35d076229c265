using System.Numerics;
using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// Negative sampling: noise-contrastive estimation with log Z(c) = 0 and k p_n(w) := 1, so that D(w, c) = s(w, c) + b_w, and
/// s(w, c) alone in word vectors, which have no bias (Mikolov et al. 2013, equation 4; Dyer 2014). Its optimum is
/// PMI(w, c) - log k, not log p(w | c) (Levy and Goldberg 2014).
/// </summary>
internal readonly struct NegativeSampling : IBinaryObjective
{
    /// <inheritdoc/>
    public static bool HasBiases => false;

    /// <inheritdoc/>
    public static bool LearnsNormalizer => false;

    /// <inheritdoc/>
    public static bool SumsNoise => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ObservedOffset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Offset(bias, logNoise);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Loss<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => BinaryLogistic.Loss(logit, label);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Gradient<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => BinaryLogistic.Gradient(logit, label);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal LossAndGradient<TReal>(TReal logit, TReal label, out TReal gradient)
        where TReal : IBinaryFloatingPointIeee754<TReal> => BinaryLogistic.LossAndGradient(logit, label, out gradient);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LossAndGradient<TSimd, TVector>(TVector logit, TVector minusLabel, out TVector gradient)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged => BinaryLogistic.LossAndGradient<TSimd, TVector>(logit, minusLabel, out gradient);
}
