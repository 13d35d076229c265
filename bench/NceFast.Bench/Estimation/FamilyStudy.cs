using System.Diagnostics;
using MathNet.Numerics.Statistics;
using NceFast.Estimation;

namespace NceFast.Bench.Estimation;

/// <summary>
/// Compares the estimators of the NCE family where the noise is far from the data. In one study the dimension grows (the pitfall of
/// noise with the moments of the data, arXiv 2210.00189), in the others the distance (Rhodes, Xu and Gutmann 2020, section 4).
/// </summary>
internal static class FamilyStudy
{
    private const int Nu = 5, Perturbations = 10;

    private static readonly EstimationOptions Options = new() { Threads = 1 };

    /// <summary>Prints the errors for independent columns with two modes each, by the number of columns.</summary>
    public static void ByDimension(int[] dims, int rows, int repetitions)
    {
        var cells = new FamilyTable("columns", dims.Select(d => $"{d}"));
        for (int column = 0; column < dims.Length; column++)
        {
            int dim = dims[column];
            for (int r = 1; r <= repetitions; r++)
                Dimension(cells, column, dim, rows, (ulong)r);
            Console.Error.WriteLine($"{dim} columns done");
        }

        cells.Print();
    }

    /// <summary>Prints the errors for pairs of correlated Gaussian columns and noise without correlation, by the number of columns.</summary>
    public static void ByCorrelation(int[] dims, int rows, int repetitions)
    {
        var cells = new FamilyTable("columns", dims.Select(d => $"{d}"));
        for (int column = 0; column < dims.Length; column++)
        {
            for (int r = 1; r <= repetitions; r++)
                Pairs(cells, column, dims[column], rows, (ulong)r);
            Console.Error.WriteLine($"{dims[column]} columns done");
        }

        cells.Print();
    }

    /// <summary>Prints the errors for a Gaussian with one column and noise of the standard normal distribution, by the standard deviation of the data.</summary>
    public static void ByDistance(double[] widths, int rows, int repetitions)
    {
        var cells = new FamilyTable("standard deviation", widths.Select(w => FormattableString.Invariant($"{w}")));
        for (int column = 0; column < widths.Length; column++)
        {
            for (int r = 1; r <= repetitions; r++)
                Distance(cells, column, widths[column], rows, (ulong)r);
        }

        cells.Print();
    }

    private static void Dimension(FamilyTable cells, int column, int dim, int rows, ulong seed)
    {
        double[] truth = ProductQuartic.Truth(dim), data = ProductQuartic.Draw(dim, rows, seed);
        var model = new ProductQuartic(dim);
        double logZ = model.LogZ(truth, default);
        GaussianNoise noise = GaussianNoise.FitTo(data, dim);
        EstimationOptions options = Options with { Seed = seed, StandardErrors = false };
        Theta("ml", () => MaximumLikelihood.Fit(data, model, options));
        Estimate plain = Theta("nce", () => NceEstimator.Fit(data, model, noise, Nu, options));
        Estimate conditional = Theta("conditional nce", () => ConditionalNce.Fit(data, model, Perturbations, options: options));
        cells.Add("diagnosis: overlap of nce", column, plain.NoiseOverlap!.Value);
        cells.Add("diagnosis: fits of nce with a warning", column, plain.Warnings.Count > 0 ? 1 : 0);
        cells.Add("diagnosis: scale chosen by conditional nce", column, conditional.PerturbationScale!.Value);
        Normalizers(cells, column, model, truth, logZ, data, noise, options);

        Estimate Theta(string name, Func<Estimate> fit)
        {
            Estimate found = fit();
            cells.Add($"theta: {name}", column, found.Theta.Zip(truth, (a, b) => (a - b) * (a - b)).Average());
            cells.Add($"seconds: {name}", column, found.Seconds);
            return found;
        }
    }

    private static void Pairs(FamilyTable cells, int column, int dim, int rows, ulong seed)
    {
        (double[] truth, double[] covariance, double logZ) = CorrelatedPairs.Create(dim);
        var density = new GaussianNoise(new double[dim], covariance);
        double[] data = density.Draw(rows, seed);
        EstimationOptions options = Options with { Seed = seed, StandardErrors = false };
        Estimate plain = NceEstimator.Fit(data, new GaussianModel(dim), CorrelatedPairs.Noise(dim), Nu, options);
        cells.Add("log Z: nce, theta estimated", column, Math.Pow(-plain.C - logZ, 2));
        cells.Add("diagnosis: overlap of nce, theta estimated", column, plain.NoiseOverlap!.Value);
        Telescope(cells, column, new GaussianModel(dim), truth, logZ, data, density.Draw(rows, seed + 1000), CorrelatedPairs.Noise(dim), options);
        Normalizers(cells, column, new GaussianModel(dim), truth, logZ, data, CorrelatedPairs.Noise(dim), options);
    }

    private static void Distance(FamilyTable cells, int column, double width, int rows, ulong seed)
    {
        double variance = width * width, logZ = 0.5 * Math.Log(2 * Math.PI * variance);
        double[] truth = [1 / variance];
        var density = new GaussianNoise([0], [variance]);
        var noise = new GaussianNoise([0], [1]);
        double[] data = density.Draw(rows, seed);
        EstimationOptions options = Options with { Seed = seed, StandardErrors = false };
        Telescope(cells, column, new GaussianModel(1), truth, logZ, data, density.Draw(rows, seed + 1000), noise, options);
        Normalizers(cells, column, new GaussianModel(1), truth, logZ, data, noise, options);
    }

    private static void Telescope(FamilyTable cells, int column, UnnormalizedModel model, double[] truth, double logZ, double[] data, double[] other, NoiseDensity noise, EstimationOptions options)
    {
        var watch = Stopwatch.StartNew();
        TelescopedDensity telescoped = TelescopingRatios.Fit(data, model, noise, nu: Nu, options: options);
        Add(cells, column, "telescoping", telescoped.LogZ(model, truth, other) - logZ, watch.Elapsed.TotalSeconds);
        cells.Add("diagnosis: bridges of telescoping", column, telescoped.Links.Count - 1);
    }

    // Estimates log Z for the true theta.
    private static void Normalizers(FamilyTable cells, int column, UnnormalizedModel model, double[] truth, double logZ, double[] data, NoiseDensity noise, EstimationOptions options)
    {
        Estimate single = NceEstimator.Fit(data, new Known(model, truth), noise, Nu, options);
        Add(cells, column, "nce, theta known", -single.C - logZ, single.Seconds);
        NormalizerEstimate annealed = AnnealedNce.EstimateLogZ(model, truth, noise, options: options);
        Add(cells, column, "annealed nce, theta known", annealed.LogZ - logZ, annealed.Seconds);
        cells.Add("diagnosis: standard error of annealed nce", column, annealed.StandardError);
        cells.Add("diagnosis: bridges of annealed nce", column, annealed.Places.Count - 2);
    }

    private static void Add(FamilyTable cells, int column, string name, double error, double seconds)
    {
        cells.Add($"log Z: {name}", column, error * error);
        cells.Add($"seconds: {name}", column, seconds);
    }

    /// <summary>A model with known theta, of which only the normaliser is estimated.</summary>
    private sealed class Known(UnnormalizedModel model, double[] theta) : UnnormalizedModel
    {
        public override int Dim => model.Dim;

        public override int ParameterCount => 0;

        public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> none, Span<double> logPhi, Span<double> gradient) =>
            model.Evaluate(rows, theta, logPhi, default);
    }
}

/// <summary>Collects the values of repetitions and prints their means, one table per kind. The names of rows are "kind: name".</summary>
internal sealed class FamilyTable(string header, IEnumerable<string> columns)
{
    private readonly string[] _columns = [.. columns];
    private readonly Dictionary<string, List<double>[]> _rows = [];

    public void Add(string row, int column, double value)
    {
        if (!_rows.TryGetValue(row, out List<double>[]? cells))
            _rows[row] = cells = [.. _columns.Select(_ => new List<double>())];
        cells[column].Add(value);
    }

    public void Print()
    {
        foreach (IGrouping<string, KeyValuePair<string, List<double>[]>> kind in _rows.GroupBy(r => r.Key.Split(": ")[0]))
        {
            Console.WriteLine();
            Console.WriteLine($"| {Title(kind.Key)}, by {header} | {string.Join(" | ", _columns)} |");
            Console.WriteLine("|" + string.Concat(Enumerable.Repeat("---|", _columns.Length + 1)));
            foreach ((string name, List<double>[] cells) in kind)
                Console.WriteLine($"| {name.Split(": ")[1]} | {string.Join(" | ", cells.Select(c => Cell(kind.Key, c)))} |");
        }
    }

    private static string Title(string kind) => kind switch
    {
        "theta" => "mean squared error per parameter",
        "log Z" => "root mean square error of log Z, nats",
        "seconds" => "median seconds",
        _ => kind,
    };

    private static string Cell(string kind, List<double> values)
    {
        double value = kind switch { "log Z" => Math.Sqrt(values.Average()), "seconds" => values.Median(), _ => values.Average() };
        return FormattableString.Invariant($"{value:G3}");
    }
}
