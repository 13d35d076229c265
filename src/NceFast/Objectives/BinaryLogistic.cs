using System.Numerics;
using System.Runtime.CompilerServices;
using NceFast.Numerics;

namespace NceFast.Objectives;

/// <summary>
/// The logistic loss of one word: softplus(-D) for an observed word (y = 1), softplus(D) for a noise word (y = 0). The scalar
/// forms serve float (host specification, device kernels) and double (evaluation, estimation).
/// </summary>
internal static class BinaryLogistic
{
    /// <summary>Computes P(data | w, c) = 1 / (1 + exp(-D)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Sigmoid<TReal>(TReal logit)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.One / (TReal.One + TReal.Exp(-logit));

    /// <summary>Computes log(1 + exp(x)) without overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Softplus<TReal>(TReal x)
        where TReal : IBinaryFloatingPointIeee754<TReal> => TReal.Max(x, TReal.Zero) + TReal.Log(TReal.One + TReal.Exp(-TReal.Abs(x)));

    /// <summary>Computes the loss, nats.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Loss<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Softplus(logit) - (label * logit);

    /// <summary>Computes the derivative of the loss by the logit: sigmoid(D) - y.</summary>
    /// <inheritdoc cref="Loss"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal Gradient<TReal>(TReal logit, TReal label)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Sigmoid(logit) - label;

    /// <summary>Computes the second derivative of the loss by the logit: sigmoid(D) sigmoid(-D).</summary>
    public static TReal Curvature<TReal>(TReal logit)
        where TReal : IBinaryFloatingPointIeee754<TReal> => Sigmoid(logit) * Sigmoid(-logit);

    /// <summary>Computes <see cref="Loss"/> and <see cref="Gradient"/> from one exponential and one quotient.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    /// <param name="gradient">The derivative of the loss by the logit.</param>
    /// <returns>The loss, nats.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TReal LossAndGradient<TReal>(TReal logit, TReal label, out TReal gradient)
        where TReal : IBinaryFloatingPointIeee754<TReal>
    {
        TReal e = TReal.Exp(-TReal.Abs(logit)), sum = TReal.One + e;
        gradient = ((logit < TReal.Zero ? e : TReal.One) / sum) - label;
        return TReal.Max(logit, TReal.Zero) + TReal.Log(sum) - (label * logit);
    }

    /// <summary>Computes <see cref="Loss"/> and <see cref="Gradient"/> of a vector of words from one exponential.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="minusLabel">Minus the label.</param>
    /// <param name="gradient">The derivatives.</param>
    /// <returns>The losses, nats.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector LossAndGradient<TSimd, TVector>(TVector logit, TVector minusLabel, out TVector gradient)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector one = TSimd.Create(1), zero = TSimd.Create(0);
        TVector e = VectorMath<TSimd, TVector>.ExpOfNonPositive(TSimd.NegativeAbs(logit));
        TVector softplus = TSimd.Add(TSimd.MaxOfNumbers(zero, logit), VectorMath<TSimd, TVector>.Log1p(e));
        TVector sigmoid = TSimd.Divide(TSimd.SelectNonNegative(logit, one, e), TSimd.Add(one, e));
        gradient = TSimd.Add(sigmoid, minusLabel);
        return TSimd.MultiplyAdd(minusLabel, logit, softplus);
    }
}
