namespace NceFast.Objectives;

/// <summary>
/// Conditional noise-contrastive estimation (Ceylan and Gutmann 2018): log(1 + exp(-G)) for a row u1 of the data and a perturbed row
/// u2, where G = log phi(u1) - log phi(u2). The density of the perturbation is symmetric and cancels, and so does the normaliser.
/// </summary>
internal static class ConditionalContrastive
{
    /// <summary>Computes G from log phi of both rows. It is infinite if u2 has probability 0.</summary>
    public static double LogRatio(double observed, double perturbed) => observed - perturbed;

    /// <summary>Computes the loss, nats.</summary>
    /// <param name="logRatio">G.</param>
    public static double Loss(double logRatio) => BinaryLogistic.Softplus(-logRatio);

    /// <summary>Computes the derivative of the loss by G: -sigmoid(-G).</summary>
    /// <param name="logRatio">G.</param>
    public static double Gradient(double logRatio) => -BinaryLogistic.Sigmoid(-logRatio);

    /// <summary>Computes the second derivative of the loss by G.</summary>
    /// <param name="logRatio">G.</param>
    public static double Curvature(double logRatio) => BinaryLogistic.Curvature(logRatio);
}
