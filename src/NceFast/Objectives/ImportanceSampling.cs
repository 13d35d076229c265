using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.Objectives;

/// <summary>
/// Maximum likelihood with Z estimated by importance sampling (Bengio and Senecal 2003):
/// Z = exp(s_o) + (1 / n) SUM exp(s_w) / p_n(w) over the n noise words that differ from the observed word. Its own term is exact,
/// so that the estimate is unbiased and the loss log Z - s_o is never negative. An estimate from the noise words alone has no
/// lower bound, and on real text it ran away. The gradient weighs each word by its part of the sum: self-normalized
/// weights, their equation for the biased estimator.
/// </summary>
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
