using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.Objectives;

/// <summary>
/// Ranking NCE: the loss is that of finding the observed word among its noise words, a softmax of
/// D(w, c) = s(w, c) + b_w - log(n p_n(w)) over all of them (Jozefowicz et al. 2016, section 3.1; Ma and Collins 2018, equation 3).
/// Every term is corrected by the noise, the observed one too, and noise words that equal the observed word stay. The estimate is then
/// consistent for any number of noise words and any Z(c), which cancels. With scores of pairs it is InfoNCE (van den Oord et al. 2018).
/// </summary>
/// <remarks>
/// n cancels in the gradient of the loss as log Z(c) does. With n as the size of the noise set, the sum over the set estimates Z(c),
/// which the self-normalization of <see cref="Softmax"/> holds near 1.
/// </remarks>
internal readonly struct RankingNce : ISampledObjective
{
    /// <inheritdoc/>
    public static bool HasBiases => true;

    /// <inheritdoc/>
    public static bool LearnsNormalizer => false;

    /// <inheritdoc/>
    public static bool DropsObserved => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias - logNoise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal ObservedOffset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Offset(bias, logNoise);
}
