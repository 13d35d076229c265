using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary>The option <c>--run</c> of evaluations: adds their figures to the report of a run.</summary>
internal static class EvaluationRun
{
    public static Opt<string?> Option() => Opt.Text("--run", "Evaluation", "FOLDER", "Add the figures to the report of this run");

    /// <summary>Checks before the work that the folder is one of a run.</summary>
    public static RunFolder? Open(string? path) => path is null ? null : RunFolder.Open(path);

    public static void Add(RunFolder? folder, string name, string source, params (string Name, double Value)[] figures) =>
        folder?.Add(new RunEvaluation(
            DateTimeOffset.UtcNow,
            name,
            Path.GetFileName(source),
            figures.Where(f => double.IsFinite(f.Value)).ToDictionary(f => f.Name, f => f.Value)));
}
