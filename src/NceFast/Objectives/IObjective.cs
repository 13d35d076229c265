using System.Numerics;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// Represents an objective that scores an observed word beside noise words. Objectives are stateless structs with static
/// members, so that the JIT compiler and ILGPU resolve every call when they compile a worker or a kernel.
/// </summary>
internal interface IObjective
{
    /// <summary>Gets a value indicating whether word vectors have a bias per word. Language models always have one.</summary>
    static abstract bool HasBiases { get; }

    /// <summary>Gets a value indicating whether log Z(c) is part of the logit and may be learned; otherwise it is 0. Such an objective has biases too.</summary>
    static abstract bool LearnsNormalizer { get; }

    /// <summary>Computes the part of a noise word's logit that depends on the word alone, nats.</summary>
    /// <param name="bias">b_w, the word's bias. A score that includes the bias may be given instead, because the logit is a sum.</param>
    /// <param name="logNoise">log(n p_n(w)), where n is k or, where <see cref="ObjectiveTraits.CountsDraws"/> says so, the size of the noise set.</param>
    static abstract TReal Offset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal>;

    /// <summary>Computes the same part of the observed word's logit, nats.</summary>
    /// <inheritdoc cref="Offset"/>
    static abstract TReal ObservedOffset<TReal>(TReal bias, TReal logNoise)
        where TReal : IBinaryFloatingPointIeee754<TReal>;
}

/// <summary>
/// Represents an objective that tells observed words from noise words one by one: each word has a loss of its own. The loss of a
/// prediction is that of its observed word plus the SUM over its k noise words (Mnih and Teh 2012, equation 8). The loss must
/// be symmetric, Loss(D, 1) = Loss(-D, 0): workers compute observed words and noise words in one pass by turning the sign.
/// </summary>
internal interface IBinaryObjective : IObjective
{
    /// <summary>
    /// Gets a value indicating whether log Z(c) is the logarithm of the sum over the noise words, so that noise words have no loss of
    /// their own. See <see cref="SummedNoise{TObjective}"/>.
    /// </summary>
    static abstract bool SumsNoise { get; }

    /// <summary>Computes the loss of one word, nats.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    static abstract TReal Loss<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal>;

    /// <summary>Computes the derivative of <see cref="Loss"/> by the logit.</summary>
    /// <inheritdoc cref="Loss"/>
    static abstract TReal Gradient<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal>;

    /// <summary>Computes loss and derivative of one word. Both take fewer operations together.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    /// <param name="gradient">The derivative of the loss by the logit.</param>
    /// <returns>The loss, nats.</returns>
    static abstract TReal LossAndGradient<TReal>(TReal logit, TReal label, out TReal gradient)
        where TReal : IBinaryFloatingPointIeee754<TReal>;

    /// <summary>Computes loss and derivative of a vector of words.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="minusLabel">Minus the label.</param>
    /// <param name="gradient">The derivatives of the losses by the logits.</param>
    /// <returns>The losses, nats.</returns>
    static abstract TVector LossAndGradient<TSimd, TVector>(TVector logit, TVector minusLabel, out TVector gradient)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}

/// <summary>
/// Represents an objective whose loss is a softmax over the observed word and the noise words drawn beside it
/// (<see cref="Softmax"/>): log of the SUM of exp(D) over these candidates, less D of the observed word.
/// </summary>
internal interface ISampledObjective : IObjective
{
    /// <summary>Gets a value indicating whether a noise word that equals the observed word is left out.</summary>
    static abstract bool DropsObserved { get; }
}
