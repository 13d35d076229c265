using System.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// The logistic loss of one word: softplus(-D) for an observed word (y = 1), softplus(D) for a noise word (y = 0).
/// The loss of one prediction is the observed word's plus the SUM over its k noise words (Mnih and Teh 2012, equation 8).
/// In float for the engine and its kernels, in double for estimation.
/// </summary>
internal static class BinaryLogistic
{
    /// <summary>P(data | w, c) = 1 / (1 + exp(-D)).</summary>
    public static TReal Sigmoid<TReal>(TReal logit)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.One / (TReal.One + TReal.Exp(-logit));

    /// <summary>log(1 + exp(x)) without overflow.</summary>
    public static TReal Softplus<TReal>(TReal x)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.Max(x, TReal.Zero) + TReal.Log(TReal.One + TReal.Exp(-TReal.Abs(x)));

    /// <summary>Loss in nats.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    public static TReal Loss<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Softplus(logit) - (label * logit);

    /// <summary>Derivative of the loss by the logit: sigmoid(D) - y.</summary>
    public static TReal Gradient<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Sigmoid(logit) - label;
}
