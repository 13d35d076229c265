using System.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// A binary objective that tells observed words from noise words. Every one has the logit
/// D(w, c) = s(w, c) + offset(w) - log Z(c) and the logistic loss of <see cref="BinaryLogistic"/>; they differ in the
/// offset. Stateless, with static members, so that one formula serves host and device code.
/// </summary>
internal interface IObjective
{
    /// <summary>True when the model has a bias a word and a normaliser, both learned from the gradient.</summary>
    static abstract bool IsNormalized { get; }

    /// <summary>The part of the logit that belongs to the word alone, nats.</summary>
    /// <param name="bias">b_w, the word's bias.</param>
    /// <param name="logKNoise">log(k p_n(w)).</param>
    static abstract TReal Offset<TReal>(TReal bias, TReal logKNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal>;
}

/// <summary>
/// Noise-contrastive estimation: D(w, c) = s(w, c) + b_w - log Z(c) - log(k p_n(w))
/// (Gutmann and Hyvarinen 2010; Mnih and Teh 2012, equations 8 and 9). Noise equal to the target stays.
/// </summary>
internal readonly struct NoiseContrastive : IObjective
{
    /// <inheritdoc/>
    public static bool IsNormalized => true;

    /// <inheritdoc/>
    public static TReal Offset<TReal>(TReal bias, TReal logKNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => bias - logKNoise;
}

/// <summary>
/// Negative sampling: the special case log Z = 0 and k p_n(w) := 1, so D(w, c) = s(w, c) (Mikolov et al. 2013,
/// equation 4; Dyer 2014). Its optimum is PMI(w, c) - log k, not log p(w | c) (Levy and Goldberg 2014).
/// </summary>
internal readonly struct NegativeSampling : IObjective
{
    /// <inheritdoc/>
    public static bool IsNormalized => false;

    /// <inheritdoc/>
    public static TReal Offset<TReal>(TReal bias, TReal logKNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.Zero;
}
