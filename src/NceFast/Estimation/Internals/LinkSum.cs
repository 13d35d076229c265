using MathNet.Numerics.Statistics;
using NceFast.Objectives;

namespace NceFast.Estimation.Internals;

/// <summary>
/// Sums the log-ratios of the normalisers along a chain of bridges. A log-ratio r is the solution of the estimation whose logit is
/// step * l(x) - r, where l = log phi - log p_n: the upper rows are the data and the lower rows are the noise. The variance of the
/// sum follows from the effect of each row on the two log-ratios in which it takes part.
/// </summary>
/// <param name="first">l of the noise rows: <c>[rows]</c>.</param>
internal sealed class LinkSum(double[] first)
{
    private readonly List<double> _terms = [];
    private double[] _lower = first, _effects = new double[first.Length];
    private double _variance;

    public double Total => _terms.Sum();

    public IReadOnlyList<double> Terms => _terms;

    public double StandardError => Math.Sqrt(_variance + (_effects.PopulationVariance() / _effects.Length));

    /// <summary>Gets the least overlap of two neighbours, 1 if they are equal.</summary>
    public double LeastOverlap { get; private set; } = 1;

    /// <summary>Adds a link between the last rows and the rows of the next bridge.</summary>
    /// <param name="step">The difference of t.</param>
    /// <param name="upper">l of the rows of the next bridge: <c>[rows]</c>.</param>
    public void Add(double step, double[] upper)
    {
        double[] low = [.. _lower.Select(l => step * l)], high = [.. upper.Select(l => step * l)];
        double ratio = Solve(low, high);
        double information = low.Concat(high).Sum(l => BinaryLogistic.Curvature(l - ratio)) / low.Length;
        LeastOverlap = Math.Min(LeastOverlap, 2 * information);
        var next = new double[upper.Length];
        for (int r = 0; r < low.Length; r++)
        {
            _effects[r] += NoiseContrastive.Gradient(low[r] - ratio, 0.0) / information;
            next[r] = NoiseContrastive.Gradient(high[r] - ratio, 1.0) / information;
        }

        _variance += _effects.PopulationVariance() / _effects.Length;
        _terms.Add(ratio);
        (_lower, _effects) = ([.. upper], next);
    }

    // The derivative of the loss by the ratio increases with the ratio, so that bisection finds its root.
    private static double Solve(double[] low, double[] high)
    {
        double from = double.PositiveInfinity, to = double.NegativeInfinity;
        foreach (double l in low.Concat(high).Where(double.IsFinite))
            (from, to) = (Math.Min(from, l), Math.Max(to, l));
        (from, to) = (from - 40, to + 40);
        while (to - from > 1e-12 * Math.Max(1, Math.Max(Math.Abs(from), Math.Abs(to))))
        {
            double middle = 0.5 * (from + to), slope = 0;
            foreach (double l in low)
                slope -= NoiseContrastive.Gradient(l - middle, 0.0);
            foreach (double l in high)
                slope -= NoiseContrastive.Gradient(l - middle, 1.0);
            (from, to) = slope < 0 ? (middle, to) : (from, middle);
        }

        return 0.5 * (from + to);
    }
}
