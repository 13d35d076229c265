using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.Objectives;

/// <summary>
/// Maximum likelihood with Z estimated by importance sampling (Bengio and Senecal 2003):
/// Z = exp(s_o) + (1 / n) SUM exp(s_w) / p_n(w) over the n noise words that differ from the observed word. The loss log Z - s_o is never
/// negative; one from the noise words alone has no lower bound, and ran away on real text. The gradient weighs each word by its
/// part of the sum: self-normalized weights, their equation for the biased estimator.
/// </summary>
/// <remarks>
/// The estimator is biased: the term of the observed word is not corrected by the noise, so that the optimum depends on n. At n = 25 it
/// is far from the distribution of a real text. <see cref="RankingNce"/> corrects every term and is consistent.
/// </remarks>
internal readonly struct ImportanceSampling : ISampledObjective
{
    /// <inheritdoc/>
    public static bool HasBiases => true;

    /// <inheritdoc/>
    public static bool LearnsNormalizer => false;

    /// <inheritdoc/>
    public static bool DropsObserved => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias - logNoise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ObservedOffset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias;
}
