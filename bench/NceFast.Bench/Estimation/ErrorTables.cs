using NceFast.Reporting;

namespace NceFast.Bench.Estimation;

/// <summary>Prints the points of one study as Markdown tables.</summary>
internal static class ErrorTables
{
    public static void Print(List<ErrorPoint> points)
    {
        int[] rows = [.. points.Select(p => p.Rows).Distinct().Order()];
        List<IGrouping<string, ErrorPoint>> estimators = [.. points.OrderBy(p => p.Method != "ml").ThenBy(p => p.Method == "is").ThenByDescending(p => p.Nu).GroupBy(p => p.Label)];
        Table("mean squared error", estimators, rows, p => FormattableString.Invariant($"{p.SquaredError:G3} +- {p.ErrorOfMean:G2}"), "slope", g => Slope(g, p => p.SquaredError));
        Table("median squared error", estimators, rows, p => FormattableString.Invariant($"{p.MedianError:G3}"), "slope", g => Slope(g, p => p.MedianError));
        Table("squared error over that of ml", estimators, rows, p => FormattableString.Invariant($"{p.SquaredError / Of(points, "ml", p.Rows):F2}"), "in theory", g => Theory(g, points));
        Table("mean of c less its true value; root mean square", estimators, rows, p => FormattableString.Invariant($"{p.NormalizerBias:F4}; {p.NormalizerError:F4}"));
        Table("seconds of a fit, one thread", estimators, rows, p => FormattableString.Invariant($"{p.Seconds:G3}"));
    }

    private static void Table(string title, List<IGrouping<string, ErrorPoint>> estimators, int[] rows, Func<ErrorPoint, string> cell, string? extra = null, Func<IGrouping<string, ErrorPoint>, string>? last = null)
    {
        string more = extra is null ? "" : $" {extra} |";
        Console.WriteLine();
        Console.WriteLine($"| {title} | {string.Join(" | ", rows.Select(r => r.ToString("N0", null)))} |{more}");
        Console.WriteLine("|" + string.Concat(Enumerable.Repeat("---|", rows.Length + (extra is null ? 1 : 2))));
        foreach (IGrouping<string, ErrorPoint> estimator in estimators)
            Console.WriteLine($"| {estimator.Key} | {string.Join(" | ", rows.Select(r => estimator.FirstOrDefault(p => p.Rows == r) is { } p ? cell(p) : ""))} |{(last is null ? "" : $" {last(estimator)} |")}");
    }

    // A least-squares fit to the logarithms.
    private static string Slope(IEnumerable<ErrorPoint> points, Func<ErrorPoint, double> error)
    {
        (double X, double Y)[] logs = [.. points.Select(p => (Math.Log(p.Rows), Math.Log(error(p))))];
        if (logs.Length < 2)
            return "";
        double x = logs.Average(l => l.X), y = logs.Average(l => l.Y);
        return FormattableString.Invariant($"{logs.Sum(l => (l.X - x) * (l.Y - y)) / logs.Sum(l => (l.X - x) * (l.X - x)):F2}");
    }

    // The theoretical value at the largest sample size, from the covariances of the fits.
    private static string Theory(IEnumerable<ErrorPoint> estimator, List<ErrorPoint> points)
    {
        ErrorPoint last = estimator.MaxBy(p => p.Rows)!;
        double? ml = points.First(p => p.Method == "ml" && p.Rows == last.Rows).Predicted;
        return last.Predicted is { } predicted ? FormattableString.Invariant($"{predicted / ml:F2}") : "";
    }

    private static double Of(List<ErrorPoint> points, string method, int rows) => points.First(p => p.Method == method && p.Rows == rows).SquaredError;
}
