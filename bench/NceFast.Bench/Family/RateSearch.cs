namespace NceFast.Bench.Family;

/// <summary>Finds the learning rate that does best, on a grid with a constant ratio.</summary>
internal static class RateSearch
{
    // The ratio of neighbouring rates.
    private const double Ratio = 1.4;

    // A search that goes on further in one direction would be of a setting that never does well.
    private const int MaxSteps = 6;

    /// <summary>Measures the start and its two neighbours, and goes on in the better direction until the value rises.</summary>
    /// <param name="start">The rate to begin with.</param>
    /// <param name="measure">Returns what is to be minimized; NaN or infinity where the training diverges.</param>
    /// <returns>The best rate, and all rates with their values in ascending order.</returns>
    public static (double Rate, IReadOnlyList<(double Rate, double Value)> Tried) Best(double start, Func<double, double> measure)
    {
        var tried = new SortedDictionary<int, double>();
        Try(-1);
        Try(0);
        Try(1);
        int best = Least();
        for (int step = 0; step < MaxSteps && !(tried.ContainsKey(best - 1) && tried.ContainsKey(best + 1)); step++)
        {
            Try(tried.ContainsKey(best - 1) ? best + 1 : best - 1);
            best = Least();
        }

        return (RateAt(best), [.. tried.Select(point => (RateAt(point.Key), point.Value))]);

        void Try(int at)
        {
            double value = measure(RateAt(at));
            tried[at] = double.IsFinite(value) ? value : double.PositiveInfinity;
        }

        int Least() => tried.MinBy(point => point.Value).Key;

        double RateAt(int at) => start * Math.Pow(Ratio, at);
    }
}
