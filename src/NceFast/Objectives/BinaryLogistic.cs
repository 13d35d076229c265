namespace NceFast.Objectives;

/// <summary>
/// The logistic loss of one word: softplus(-D) for an observed word (y = 1), softplus(D) for a noise word (y = 0).
/// The loss of one prediction is the observed word's plus the SUM over its k noise words (Mnih and Teh 2012, equation 8).
/// </summary>
public static class BinaryLogistic
{
    /// <summary>P(data | w, c) = 1 / (1 + exp(-D)).</summary>
    public static float Sigmoid(float logit) => 1 / (1 + MathF.Exp(-logit));

    /// <summary>log(1 + exp(x)) without overflow.</summary>
    public static float Softplus(float x) => MathF.Max(x, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(x)));

    /// <summary>Loss in nats.</summary>
    /// <param name="logit">D(w, c).</param>
    /// <param name="label">1 for an observed word, 0 for a noise word.</param>
    public static float Loss(float logit, float label) => Softplus(logit) - (label * logit);

    /// <summary>Derivative of the loss by the logit: sigmoid(D) - y.</summary>
    public static float Gradient(float logit, float label) => Sigmoid(logit) - label;
}
