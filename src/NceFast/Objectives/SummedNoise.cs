using System.Numerics;
using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// The form in which word vectors compute a softmax over the observed word and its noise words. With S as the SUM of exp(D) over the noise
/// words, the loss of the observed word is log(exp(D_o) + S) - D_o = softplus(-(D_o - log S)): the logistic loss of NCE, where log S of
/// the noise words replaces log Z(c). The derivative by a noise word's logit is exp(D_w) / S times minus that by the observed word's,
/// summed over the observed words that share the noise words.
/// </summary>
/// <typeparam name="TObjective">The objective. It corrects observed words and noise words alike, and keeps noise words that equal the observed word.</typeparam>
internal readonly struct SummedNoise<TObjective> : IBinaryObjective
    where TObjective : struct, ISampledObjective
{
    /// <inheritdoc/>
    public static bool HasBiases => TObjective.HasBiases;

    /// <inheritdoc/>
    public static bool LearnsNormalizer => TObjective.LearnsNormalizer;

    /// <inheritdoc/>
    public static bool SumsNoise => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TObjective.Offset(bias, logNoise);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ObservedOffset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TObjective.ObservedOffset(bias, logNoise);

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
