using System.Diagnostics;
using NceFast.Estimation.Internals;
using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Estimates the normaliser of a model by annealed noise-contrastive estimation (Chehab, Hyvarinen and Risteski 2023). Bridge
/// distributions on the geometric path <c>f_t = p_n^(1 - t) phi^t</c> lead from the noise to the model. The log-ratio of the
/// normalisers of two neighbours is the only unknown of a noise-contrastive estimation between their rows, and log Z is the sum of
/// these log-ratios. The error grows with a power of the distance of noise and model, and that of a single estimation exponentially.
/// </summary>
/// <remarks>
/// The rows of a bridge are those of the one before, resampled by their weights and then moved by a Markov chain whose proposals
/// are Gaussian. The estimate is wrong if the chain misses a mode of the model that is far from the noise. The model must be of
/// continuous data, and the noise must have mass wherever the model has.
/// </remarks>
public static class AnnealedNce
{
    private const int MostSweeps = 1000;

    /// <summary>Estimates log Z for given parameters, such as those of <see cref="ConditionalNce"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    /// <param name="noise">The noise, such as a Gaussian fitted to the data.</param>
    /// <param name="rows">The number of rows per bridge, at least 100 and at least 10 per column.</param>
    /// <param name="bridges">
    /// The number of bridge distributions between noise and model, at least 1, at equal distances of t; null to choose them. Each is
    /// then the farthest one for which the effective sample size of the weights is 70 % of the rows.
    /// </param>
    /// <param name="sweeps">
    /// The number of steps of the Markov chain per bridge; null for 3 per column, at least 20. With fewer, the rows of neighbouring
    /// bridges depend on each other, so that the error is larger than the standard error.
    /// </param>
    /// <param name="options">The options, of which the seed and the threads are used; null for the defaults.</param>
    /// <param name="cancellation">A token that stops the estimation.</param>
    /// <returns>The estimate.</returns>
    /// <exception cref="NceFastException">
    /// A parameter is out of its range or the dimensions of model and noise differ (<see cref="ErrorKind.Usage"/>); log phi is not a
    /// number, or it has probability 0 at all noise rows, or more than 1,000 bridges are needed (<see cref="ErrorKind.Input"/>); there
    /// are too many rows (<see cref="ErrorKind.Memory"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">The estimation was cancelled.</exception>
    public static NormalizerEstimate EstimateLogZ(
        UnnormalizedModel model,
        ReadOnlySpan<double> theta,
        NoiseDensity noise,
        int rows = 4096,
        int? bridges = null,
        int? sweeps = null,
        EstimationOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(noise);
        options ??= new EstimationOptions();
        options.Validate();
        InputChecks.EnsureTheta(model, theta, noise);
        InputChecks.EnsureBridgeRows(rows, model.Dim);
        int steps = sweeps ?? Math.Clamp(3 * model.Dim, 20, MostSweeps);
        Throw.UnlessInRange(nameof(sweeps), steps, 1, MostSweeps);
        if (bridges is { } number)
            InputChecks.EnsureBridges(number);
        var watch = Stopwatch.StartNew();
        var path = new GeometricPath(model, theta.ToArray(), noise, rows, options, cancellation);
        var sum = new LinkSum(path.LogRatios);
        var acceptance = new List<double>();
        while (path.Place < 1)
        {
            double step = bridges is { } count ? path.EqualStep(count) : path.LongestStep();
            acceptance.Add(path.Advance(step, steps));
            sum.Add(step, path.LogRatios);
        }

        return new NormalizerEstimate(sum.Total, sum.StandardError, path.Places, sum.Terms, acceptance, rows, FitWarnings.OfChain(acceptance, sum.LeastOverlap), watch.Elapsed.TotalSeconds);
    }
}
