using MathNet.Numerics.Statistics;
using NceFast.Estimation;
using NceFast.Reporting;

namespace NceFast.Bench.Estimation;

/// <summary>Computes the squared error of each estimator at each sample size.</summary>
internal static class ErrorStudy
{
    private static readonly EstimationOptions Options = new() { Threads = 1 };

    /// <summary>Runs every cell and returns one point per cell, smallest samples first.</summary>
    public static IEnumerable<ErrorPoint> Run(string study, Func<int, int, StudyProblem> draw, int[] rows, double[] nus, int repetitions)
    {
        // Compiles the code before the first cell is timed.
        foreach (ErrorPoint _ in Size(study, [.. Enumerable.Range(1, 5).Select(r => draw(r, 500))], [1, 10]))
        {
        }

        return rows.SelectMany(size => Size(study, [.. Enumerable.Range(1, repetitions).Select(r => draw(r, size))], nus));
    }

    private static IEnumerable<ErrorPoint> Size(string study, StudyProblem[] problems, double[] nus)
    {
        yield return Cell(study, "ml", null, problems, (p, r) => p.MaximumLikelihood(Options));
        foreach (double nu in nus)
        {
            yield return Cell(study, "nce", nu, problems, (p, r) => NceEstimator.Fit(p.Data, p.Model, p.Noise, nu, Options with { Seed = r }));
            yield return Cell(study, "is", nu, problems, (p, r) => ImportanceSampling.Fit(p.Data, p.Model, p.Noise, nu, Options with { Seed = r }));
        }
    }

    private static ErrorPoint Cell(string study, string method, double? nu, StudyProblem[] problems, Func<StudyProblem, ulong, Estimate> fit)
    {
        Estimate[] found = [.. problems.Select((p, r) => fit(p, (ulong)r + 1))];
        double[] errors = [.. found.Zip(problems, (f, p) => p.SquaredError(f.Theta))];
        double[] offsets = [.. found.Zip(problems, (f, p) => f.C - p.C)];
        double mean = errors.Average(), spread = Math.Sqrt(errors.Sum(e => (e - mean) * (e - mean)) / Math.Max(1, errors.Length - 1) / errors.Length);
        double? predicted = found[0].StandardErrors is null ? null : found.Average(f => f.StandardErrors![..^1].Sum(s => s * s));
        return new ErrorPoint(
            study,
            method,
            found[0].DataRows,
            problems.Length,
            mean,
            spread,
            errors.Median(),
            offsets.Average(),
            Math.Sqrt(offsets.Average(o => o * o)),
            found.Select(f => f.Seconds).Median(),
            nu,
            predicted);
    }
}
