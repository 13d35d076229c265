namespace NceFast.Evaluation;

/// <summary>Correlation of two series.</summary>
internal static class Correlation
{
    /// <summary>Pearson's r: covariance over the product of the deviations.</summary>
    /// <param name="x">First series, <c>[n]</c>.</param>
    /// <param name="y">Second series, <c>[n]</c>.</param>
    /// <returns>-1 to 1; NaN when n is below 2 or a series is constant.</returns>
    /// <exception cref="ArgumentException">The series differ in length.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The series have {x.Length} and {y.Length} values; they must be equally long.");
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

    /// <summary>Spearman's rho: Pearson's r of the ranks, equal values sharing their average rank.</summary>
    /// <param name="x">First series, <c>[n]</c>.</param>
    /// <param name="y">Second series, <c>[n]</c>.</param>
    /// <returns>-1 to 1; NaN when n is below 2 or a series is constant.</returns>
    /// <exception cref="ArgumentException">The series differ in length.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>Ranks from 1; equal values share the average of their places.</summary>
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
