using NceFast.Numerics;

namespace NceFast.Reporting.Internals;

/// <summary>
/// Places points on a plane so that neighbours in space are neighbours on the plane: t-SNE (van der Maaten and Hinton, "Visualizing
/// data using t-SNE", JMLR 2008) with exact forces. It starts from the principal axes, so that the whole keeps its form and every
/// call gives the same map (Kobak and Berens, "The art of using t-SNE for single-cell transcriptomics", Nature Communications 2019).
/// </summary>
internal sealed class NeighbourMap
{
    private const double Perplexity = 30, StartSize = 1e-4;
    private const int Steps = 600, EarlySteps = 200, LeastPoints = 10;
    private const float Exaggeration = 12, EarlyMomentum = 0.5f, Momentum = 0.8f, LeastGain = 0.01f;

    private readonly int _count;
    private readonly (int[] Others, float[] Weights)[] _pulls;
    private readonly float[] _x, _y, _forceX, _forceY, _pushX, _pushY;
    private readonly double[] _sums;

    private NeighbourMap(PointSimilarities space, (double X, double Y)[] start)
    {
        _count = start.Length;
        _pulls = Pulls(space);
        double mean = start.Average(p => p.X), size = Math.Sqrt(start.Average(p => (p.X - mean) * (p.X - mean)));
        double scale = size > 0 ? StartSize / size : 0;
        _x = [.. start.Select(p => (float)(p.X * scale))];
        _y = [.. start.Select(p => (float)(p.Y * scale))];
        (_forceX, _forceY, _pushX, _pushY) = (new float[_count], new float[_count], new float[_count], new float[_count]);
        _sums = new double[_count];
    }

    /// <summary>Places points.</summary>
    /// <param name="space">The points in space.</param>
    /// <param name="start">Where they start, usually their principal axes: <c>[count]</c>.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>Their places, <c>[count]</c>; the start for fewer than 10 points.</returns>
    public static (double X, double Y)[] Place(PointSimilarities space, (double X, double Y)[] start, CancellationToken cancellation)
    {
        if (start.Length < LeastPoints)
            return start;
        var map = new NeighbourMap(space, start);
        map.Run(cancellation);
        return [.. Enumerable.Range(0, map._count).Select(i => ((double)map._x[i], (double)map._y[i]))];
    }

    private void Run(CancellationToken cancellation)
    {
        float[] speedX = new float[_count], speedY = new float[_count], gainX = new float[_count], gainY = new float[_count];
        Array.Fill(gainX, 1);
        Array.Fill(gainY, 1);
        float rate = Math.Max(_count / (4 * Exaggeration), 50); // Belkina et al., Nature Communications 2019, for forces without the factor 4
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            bool isEarly = step < EarlySteps;
            FindForces(isEarly ? Exaggeration : 1);
            Move(_x, _forceX, speedX, gainX, rate, isEarly ? EarlyMomentum : Momentum);
            Move(_y, _forceY, speedY, gainY, rate, isEarly ? EarlyMomentum : Momentum);
        }
    }

    // Equation 5 of the paper: the pulls of neighbours minus the pushes of all points, which are divided by their sum.
    private void FindForces(float exaggeration)
    {
        PlanePushes pushes = PlanePushes.Current;
        Failures.Unwrap(() => Parallel.For(0, _count, i =>
        {
            (_sums[i], _pushX[i], _pushY[i]) = pushes.On(_x, _y, i);
            (_forceX[i], _forceY[i]) = Pull(i);
        }));
        double sum = 0;
        foreach (double part in _sums) // in this order, so that the number of threads changes nothing
            sum += part;
        float share = (float)(1 / Math.Max(sum, double.Epsilon));
        for (int i = 0; i < _count; i++)
        {
            _forceX[i] = 4 * ((exaggeration * _forceX[i]) - (share * _pushX[i]));
            _forceY[i] = 4 * ((exaggeration * _forceY[i]) - (share * _pushY[i]));
        }
    }

    private (float X, float Y) Pull(int point)
    {
        (int[] others, float[] weights) = _pulls[point];
        float x = _x[point], y = _y[point], pullX = 0, pullY = 0;
        for (int n = 0; n < others.Length; n++)
        {
            float dx = x - _x[others[n]], dy = y - _y[others[n]], weight = weights[n] / (1 + (dx * dx) + (dy * dy));
            pullX += weight * dx;
            pullY += weight * dy;
        }

        return (pullX, pullY);
    }

    // Gradient descent with momentum and a gain per coordinate, and a centre that stays at 0.
    private void Move(float[] places, float[] forces, float[] speeds, float[] gains, float rate, float momentum)
    {
        double mean = 0;
        for (int i = 0; i < _count; i++)
        {
            gains[i] = Math.Max(LeastGain, forces[i] > 0 == speeds[i] > 0 ? gains[i] * 0.8f : gains[i] + 0.2f);
            speeds[i] = (momentum * speeds[i]) - (rate * gains[i] * forces[i]);
            places[i] += speeds[i];
            mean += places[i];
        }

        mean /= _count;
        for (int i = 0; i < _count; i++)
            places[i] -= (float)mean;
    }

    // The symmetric probabilities of section 2 of the paper, from the nearest points only.
    private static (int[] Others, float[] Weights)[] Pulls(PointSimilarities space)
    {
        int count = space.Count, near = Math.Min(count - 1, (int)(3 * Perplexity));
        var own = new (int[] Others, double[] Weights)[count];
        Failures.Unwrap(() => Parallel.For(0, count, i => own[i] = Conditional(space.Row(i), i, near)));
        var sums = Enumerable.Range(0, count).Select(_ => new SortedDictionary<int, double>()).ToArray();
        for (int i = 0; i < count; i++)
        {
            foreach ((int j, double weight) in own[i].Others.Zip(own[i].Weights))
            {
                sums[i][j] = sums[i].GetValueOrDefault(j) + (weight / (2 * count));
                sums[j][i] = sums[j].GetValueOrDefault(i) + (weight / (2 * count));
            }
        }

        return Array.ConvertAll(sums, row => (row.Keys.ToArray(), row.Values.Select(v => (float)v).ToArray()));
    }

    // Finds by bisection the width of the kernel for which the entropy is that of the perplexity.
    private static (int[] Others, double[] Weights) Conditional(ReadOnlySpan<float> cosines, int point, int near)
    {
        int[] others = [.. Enumerable.Range(0, cosines.Length)];
        float[] keys = cosines.ToArray();
        keys[point] = float.NegativeInfinity;
        Array.Sort(keys, others, Comparer<float>.Create((a, b) => b.CompareTo(a)));
        others = others[..near];
        double[] distances = [.. keys[..near].Select(cosine => 2 - (2.0 * cosine) - (2 - (2.0 * keys[0])))]; // squares, beyond the nearest
        double target = Math.Log(Math.Min(Perplexity, near / 3.0)), low = 0, high = double.PositiveInfinity, precision = 1;
        double[] weights = new double[near];
        for (int step = 0; step < 64; step++)
        {
            double sum = 0, mean = 0;
            for (int n = 0; n < near; n++)
            {
                weights[n] = Math.Exp(-precision * distances[n]);
                sum += weights[n];
                mean += weights[n] * distances[n];
            }

            double entropy = Math.Log(sum) + (precision * mean / sum);
            for (int n = 0; n < near; n++)
                weights[n] /= sum;
            if (Math.Abs(entropy - target) < 1e-5)
                break;
            (low, high) = entropy > target ? (precision, high) : (low, precision);
            precision = double.IsPositiveInfinity(high) ? precision * 2 : (low + high) / 2;
        }

        return (others, weights);
    }
}
