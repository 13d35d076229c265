using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Moves rows along the geometric path p_n^(1 - t) phi^t, as a sequential Monte Carlo sampler: the rows are resampled by their weights
/// and moved by a Markov chain. Random numbers depend on the seed, the sweep and the piece of rows alone.
/// </summary>
internal sealed class GeometricPath
{
    private const double EffectiveShare = 0.7;
    private const int MostBridges = 1000;

    private readonly EstimationOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly BridgeChain _chain;
    private readonly List<double> _places = [0];

    public GeometricPath(UnnormalizedModel model, double[] theta, NoiseDensity noise, int rows, EstimationOptions options, CancellationToken cancellation)
    {
        (_options, _cancellation) = (options, cancellation);
        double[] values = NoisePieces.Draw(noise, rows, piece => PhiloxStream.For(options.Seed, DrawPurpose.NoiseRows, 0, piece), options.Threads, cancellation);
        _chain = new BridgeChain(model, theta, noise, values, options, cancellation);
        if (!Array.Exists(LogRatios, double.IsFinite))
            Throw.Input($"{model.GetType().Name} gives probability 0 to all {rows:N0} noise rows; at least one must be possible. Use noise that is nearer to the model.");
    }

    /// <summary>Gets t of the rows.</summary>
    public double Place => _places[^1];

    /// <summary>Gets t of the noise and of each bridge so far.</summary>
    public IReadOnlyList<double> Places => _places;

    /// <summary>Gets log phi - log p_n of each row: <c>[rows]</c>.</summary>
    public double[] LogRatios => _chain.LogRatios();

    /// <summary>Computes the step for a given number of bridges at equal distances.</summary>
    public double EqualStep(int bridges) => _places.Count > bridges ? 1 - Place : ((double)_places.Count / (bridges + 1)) - Place;

    /// <summary>Computes the longest step after which the weights have the effective sample size that is wanted.</summary>
    public double LongestStep()
    {
        if (_places.Count > MostBridges)
            Throw.Input($"The path has {MostBridges:N0} bridges and has reached t = {Place:G3} of 1; at most {MostBridges:N0} bridges are allowed. Use noise that is nearer to the model, or set the number of bridges.");
        double[] ratios = LogRatios;
        double rest = 1 - Place, from = 0, to = rest;
        if (Effective(ratios, rest) >= EffectiveShare * ratios.Length)
            return rest;
        for (int i = 0; i < 50; i++)
        {
            double middle = 0.5 * (from + to);
            (from, to) = Effective(ratios, middle) >= EffectiveShare * ratios.Length ? (middle, to) : (from, middle);
        }

        // If phi is 0 at many noise rows, no step has such a size. A short step removes these rows.
        return from > 1e-9 ? from : Math.Min(rest, 1e-3);
    }

    /// <summary>Moves the rows to the next bridge.</summary>
    /// <param name="step">The difference of t.</param>
    /// <param name="sweeps">The number of steps of the Markov chain.</param>
    /// <returns>The share of accepted proposals.</returns>
    public double Advance(double step, int sweeps)
    {
        _cancellation.ThrowIfCancellationRequested();
        double next = Place + step < 1 - 1e-12 ? Place + step : 1;
        _chain.Keep(Resample(Weights(LogRatios, step)));
        double share = _chain.Move(next, sweeps, (_places.Count - 1) * sweeps);
        _places.Add(next);
        return share;
    }

    private static double[] Weights(double[] ratios, double step)
    {
        double[] logs = [.. ratios.Select(l => step * l)];
        double largest = logs.Max();
        return [.. logs.Select(l => Math.Exp(l - largest))];
    }

    private static double Effective(double[] ratios, double step)
    {
        double[] weights = Weights(ratios, step);
        double sum = weights.Sum();
        return sum * sum / weights.Sum(w => w * w);
    }

    // Systematic resampling: equal distances on the cumulative weights, from a random place.
    private int[] Resample(double[] weights)
    {
        var draws = new DrawSequence(PhiloxStream.For(_options.Seed, DrawPurpose.Order, _places.Count, uint.MaxValue));
        double distance = weights.Sum() / weights.Length, place = distance * draws.NextUniform(), sum = 0;
        var chosen = new int[weights.Length];
        for (int row = 0, next = 0; row < weights.Length && next < chosen.Length; row++)
        {
            sum += weights[row];
            for (; next < chosen.Length && place < sum; place += distance)
                chosen[next++] = row;
            if (row == weights.Length - 1)
                chosen.AsSpan(next).Fill(Array.FindLastIndex(weights, w => w > 0)); // Rounding may leave the last places.
        }

        return chosen;
    }
}
