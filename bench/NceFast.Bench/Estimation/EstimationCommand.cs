using System.CommandLine;
using System.Runtime.InteropServices;
using NceFast.Reporting;
using NceFast.Reporting.Internals;

namespace NceFast.Bench.Estimation;

/// <summary>Runs the toy studies of unnormalised densities: the error by sample size, and the variance beside its bound.</summary>
internal static class EstimationCommand
{
    public static Command Create()
    {
        var study = new Option<string>("--study") { DefaultValueFactory = _ => "gaussian", Description = "gaussian, ica, variance, dimension, correlation or distance." };
        study.AcceptOnlyFromAmong("gaussian", "ica", "variance", "dimension", "correlation", "distance");
        var dims = new Option<int[]>("--dims") { DefaultValueFactory = _ => [2, 5, 10, 15, 20, 30], AllowMultipleArgumentsPerToken = true, Description = "Numbers of columns of the studies 'dimension' and 'correlation'." };
        var rows = new Option<int[]>("--rows") { DefaultValueFactory = _ => [500, 1000, 2000, 4000, 8000, 16000], AllowMultipleArgumentsPerToken = true, Description = "Sample sizes." };
        var nus = new Option<double[]>("--nu") { DefaultValueFactory = _ => [0.1, 1, 10, 100], AllowMultipleArgumentsPerToken = true, Description = "Noise rows per data row." };
        var repetitions = new Option<int>("--repetitions") { DefaultValueFactory = _ => 50, Description = "Random problems per sample size." };
        var output = new Option<string?>("--run") { Description = "Run folder to create, with the points and a page that shows them." };
        var points = new Option<string[]>("--points") { AllowMultipleArgumentsPerToken = true, Description = "Files with points of one study, which are printed instead of estimating." };
        var command = new Command("estimation", "Estimates unnormalised densities: squared error against sample size beside maximum likelihood and importance sampling.") { study, rows, nus, repetitions, dims, output, points };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(points) is { Length: > 0 } files)
            {
                ErrorTables.Print([.. files.SelectMany(Read)]);
                return;
            }

            Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}, one thread, {parsed.GetValue(repetitions)} repetitions");
            switch (parsed.GetValue(study))
            {
                case "variance":
                    VarianceStudy.Run(parsed.GetValue(nus)!, parsed.GetValue(repetitions));
                    break;
                case "dimension":
                    FamilyStudy.ByDimension(parsed.GetValue(dims)!, parsed.GetValue(rows)![0], parsed.GetValue(repetitions));
                    break;
                case "correlation":
                    FamilyStudy.ByCorrelation(parsed.GetValue(dims)!, parsed.GetValue(rows)![0], parsed.GetValue(repetitions));
                    break;
                case "distance":
                    FamilyStudy.ByDistance([1, 0.1, 0.01, 0.001, 0.0001], parsed.GetValue(rows)![0], parsed.GetValue(repetitions));
                    break;
                default:
                    ErrorTables.Print(Estimate(parsed.GetValue(study)!, parsed.GetValue(rows)!, parsed.GetValue(nus)!, parsed.GetValue(repetitions), parsed.GetValue(output)));
                    break;
            }
        });
        return command;
    }

    private static List<ErrorPoint> Read(string path)
    {
        int unreadable = 0;
        return RunLines.Read(path, RunJson.Default.ErrorPoint, ref unreadable);
    }

    private static List<ErrorPoint> Estimate(string study, int[] rows, double[] nus, int repetitions, string? output)
    {
        using StudyRun? run = output is null ? null : new StudyRun(output, study, repetitions);
        var points = new List<ErrorPoint>();
        foreach (ErrorPoint point in ErrorStudy.Run(study, study == "ica" ? StudyProblems.Ica : StudyProblems.Gaussian, rows, nus, repetitions))
        {
            points.Add(point);
            run?.Add(point);
        }

        run?.End();
        return points;
    }
}
