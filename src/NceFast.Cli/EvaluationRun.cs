using System.Collections;
using System.Text.Json;
using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary>The option <c>--run</c> of evaluations: adds their figures to the report of a run.</summary>
internal static class EvaluationRun
{
    public static Opt<string?> Option() => Opt.Text("--run", "Evaluation", "FOLDER", "Add the figures to the report of this run");

    /// <summary>Checks before the work that the folder is one of a run.</summary>
    public static RunFolder? Open(string? path) => path is null ? null : RunFolder.Open(path);

    /// <summary>Does an evaluation. Where nothing was measured, the JSON has null for the figures, the counts and the reason, and the error goes on.</summary>
    /// <param name="json">Whether JSON is wanted.</param>
    /// <param name="figures">Names of the figures.</param>
    /// <param name="evaluate">The evaluation.</param>
    public static T Measure<T>(bool json, IReadOnlyList<string> figures, Func<T> evaluate)
    {
        try
        {
            return evaluate();
        }
        catch (NceFastException e) when (json && e.Kind == ErrorKind.EmptyVocabulary)
        {
            JsonReport.Write(w => WriteNothing(w, figures, e));
            throw;
        }
    }

    private static void WriteNothing(Utf8JsonWriter json, IReadOnlyList<string> figures, NceFastException error)
    {
        foreach (string figure in figures)
            json.WriteNull(figure);
        foreach (DictionaryEntry count in error.Data)
        {
            if (count is { Key: string name, Value: long number })
                json.WriteNumber(name, number);
        }

        json.WriteString("reason", error.Message);
    }

    public static void Add(RunFolder? folder, string name, string source, params (string Name, double Value)[] figures) =>
        folder?.Add(new RunEvaluation(
            DateTimeOffset.UtcNow,
            name,
            Path.GetFileName(source),
            figures.Where(f => double.IsFinite(f.Value)).ToDictionary(f => f.Name, f => f.Value)));
}
