namespace NceFast.Evaluation;

/// <summary>Computes the correlation of two series.</summary>
internal static class Correlation
{
    /// <summary>Computes Pearson's r: the covariance divided by the product of the standard deviations.</summary>
    /// <param name="x">The first series, <c>[n]</c>.</param>
    /// <param name="y">The second series, <c>[n]</c>.</param>
    /// <returns>The correlation, -1 to 1, or NaN if n is less than 2 or a series is constant.</returns>
    /// <exception cref="ArgumentException">The series have different lengths.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The series have {x.Length} and {y.Length} values; both must have the same length.");
        double meanX = Mean(x), meanY = Mean(y);
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }

        return x.Length < 2 || xx == 0 || yy == 0 ? double.NaN : Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    /// <summary>Computes Spearman's rho: Pearson's r of the ranks, where equal values have their average rank.</summary>
    /// <param name="x">The first series, <c>[n]</c>.</param>
    /// <param name="y">The second series, <c>[n]</c>.</param>
    /// <returns>The correlation, -1 to 1, or NaN if n is less than 2 or a series is constant.</returns>
    /// <exception cref="ArgumentException">The series have different lengths.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>Computes ranks, beginning at 1. Equal values have their average rank.</summary>
    /// <param name="values">The values, <c>[n]</c>.</param>
    /// <returns>The ranks, <c>[n]</c>.</returns>
    public static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] order = new int[sorted.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(sorted, order);
        double[] ranks = new double[order.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = start + 1;
            while (end < order.Length && sorted[end] == sorted[start])
                end++;
            for (int i = start; i < end; i++)
                ranks[order[i]] = (start + end + 1) / 2.0;
            start = end;
        }

        return ranks;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values)
            sum += v;
        return sum / values.Length;
    }
}
