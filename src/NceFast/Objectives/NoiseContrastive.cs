using System.Numerics;
using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// Noise-contrastive estimation: D(w, c) = s(w, c) + b_w - log Z(c) - log(k p_n(w)) with the logistic loss
/// (Gutmann and Hyvarinen 2010; Mnih and Teh 2012, equations 8 and 9). Noise words that equal the observed word stay.
/// </summary>
internal readonly struct NoiseContrastive : IBinaryObjective
{
    /// <inheritdoc/>
    public static bool HasBiases => true;

    /// <inheritdoc/>
    public static bool LearnsNormalizer => true;

    /// <inheritdoc/>
    public static bool SumsNoise => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias - logNoise;

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
