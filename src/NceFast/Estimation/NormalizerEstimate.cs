namespace NceFast.Estimation;

/// <summary>Represents an estimate of the normaliser of a model with given parameters.</summary>
/// <param name="LogZ">log Z, the log of the integral of phi; nats.</param>
/// <param name="StandardError">The standard error of log Z, nats. It regards the rows of a bridge as independent of each other and of the other bridges.</param>
/// <param name="Places">t of the noise (0), of each bridge, and of the model (1): <c>[bridges + 2]</c>.</param>
/// <param name="LogRatios">The log of the ratio of the normalisers of two neighbours, from the noise to the model, nats: <c>[bridges + 1]</c>.</param>
/// <param name="Acceptance">The share of the proposals of the Markov chain that were accepted at each place after the noise: <c>[bridges + 1]</c>.</param>
/// <param name="Rows">The number of rows per bridge.</param>
/// <param name="Warnings">The reasons why the estimate may be unreliable. The list is empty if none was found.</param>
/// <param name="Seconds">The time of the estimation, seconds.</param>
public sealed record NormalizerEstimate(
    double LogZ,
    double StandardError,
    IReadOnlyList<double> Places,
    IReadOnlyList<double> LogRatios,
    IReadOnlyList<double> Acceptance,
    int Rows,
    IReadOnlyList<EstimationWarning> Warnings,
    double Seconds);
