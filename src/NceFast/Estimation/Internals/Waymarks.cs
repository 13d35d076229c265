using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Creates the rows of the bridges of <see cref="TelescopingRatios"/>: sqrt(1 - a^2) x_0 + a x_m for each pair of a data row and a noise
/// row. Every bridge draws its own noise rows. With the same noise rows in all bridges, the errors of the ratios would add up
/// instead of averaging out.
/// </summary>
internal sealed class Waymarks(ReadOnlyMemory<double> data, NoiseDensity noise, int count, EstimationOptions options, CancellationToken cancellation)
{
    // The distances are summed over steps of log a, from e^-30 on, and a step from 0 to there.
    private const int Steps = 6000;
    private const double LeastLog = -30;
    private const double Distance = 1;
    private const int MostChosen = 200;

    private readonly int _dim = noise.Dim;

    /// <summary>Creates the rows of a place.</summary>
    /// <param name="places">The places, from 0 (data) to 1 (noise).</param>
    /// <param name="k">The number of the place.</param>
    public RowSet At(double[] places, int k)
    {
        double a = places[k], share = Math.Sqrt((1 - a) * (1 + a));
        double[] values = Draw(k);
        ReadOnlySpan<double> upper = data.Span;
        for (int i = 0; i < values.Length; i++)
            values[i] = (share * upper[i % upper.Length]) + (a * values[i]);
        return new RowSet(values, new double[count], count, 0); // log(nu p_n) is replaced by 0, because log phi is the log-ratio itself.
    }

    /// <summary>Chooses places with equal distances, from 0 to 1.</summary>
    /// <param name="bridges">The number of places between 0 and 1; null for distances of at most 1.</param>
    public double[] Places(int? bridges)
    {
        double[] lengths = Lengths();
        int links = bridges + 1 ?? Math.Clamp((int)Math.Ceiling(lengths[^1] / Distance), 2, MostChosen + 1);
        var places = new double[links + 1];
        for (int k = 1, step = 0; k < links; k++)
        {
            double wanted = lengths[^1] * k / links;
            while (lengths[step] < wanted)
                step++;
            places[k] = A(step);
        }

        places[links] = 1;
        return places;
    }

    private static double A(int step) => Math.Exp(LeastLog * (1 - ((double)step / Steps)));

    private double[] Draw(int k) => NoisePieces.Draw(noise, count, piece => PhiloxStream.For(options.Seed, DrawPurpose.Bridge, k, piece), options.Threads, cancellation);

    // The distances from the data to the place of each step.
    private double[] Lengths()
    {
        (double[] upperMean, double[] upperVariance) = Spread(data.Span);
        (double[] lowerMean, double[] lowerVariance) = Spread(Draw(0));
        var lengths = new double[Steps + 1];
        for (int step = 1; step <= Steps; step++)
        {
            double from = A(step - 1), to = A(step), squares = _dim * (to - from) * (to - from);
            for (int j = 0; j < _dim; j++)
            {
                double before = Mix(upperVariance[j], lowerVariance[j], from), after = Mix(upperVariance[j], lowerVariance[j], to);
                double shift = Line(upperMean[j], lowerMean[j], to) - Line(upperMean[j], lowerMean[j], from), ratio = Math.Log(after / before);
                squares += (shift * shift / Math.Sqrt(before * after)) + (0.5 * ratio * ratio);
            }

            lengths[step] = lengths[step - 1] + Math.Sqrt(squares);
        }

        return lengths;
    }

    private static double Mix(double upper, double lower, double a) => ((1 - a) * (1 + a) * upper) + (a * a * lower);

    private static double Line(double upper, double lower, double a) => (Math.Sqrt((1 - a) * (1 + a)) * upper) + (a * lower);

    private (double[] Mean, double[] Variance) Spread(ReadOnlySpan<double> values)
    {
        double[] mean = Moments.Mean(values, _dim), variance = new double[_dim];
        for (int i = 0; i < values.Length; i++)
            variance[i % _dim] += (values[i] - mean[i % _dim]) * (values[i] - mean[i % _dim]) / (values.Length / _dim);
        for (int j = 0; j < _dim; j++)
        {
            if (!(variance[j] > 1e-24 * mean[j] * mean[j]))
                Throw.Input($"Column {j} (counted from 0) has the same value in all {values.Length / _dim} rows; the values of a column must differ, because the bridges are placed by their variances. Remove the column.");
        }

        return (mean, variance);
    }
}
