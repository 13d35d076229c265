using System.CommandLine;
using NceFast.Evaluation;
using NceFast.Reporting;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast eval completion MODEL TABLE</c>.</summary>
internal static class CompletionVerb
{
    private const string Group = "Language model";

    public static Command Create(Session session)
    {
        Argument<string> model = LanguageModelInput.Argument(), table = new("TABLE") { Description = "Questions: id, split, answer, left, right and the options, separated by tabs; a header line may come first" };
        Opt<bool> normalized = Opt.Flag("--normalized", Group, "Normalise scores exactly, which is slower"), json = Opt.Json();
        Opt<string?> add = EvaluationRun.Option();
        var command = new Command("completion", "Fill blanks with the option whose sentence scores best") { model, table, normalized, add, json };
        var mix = new MixtureArguments(CacheScope.Sentence);
        foreach (Option option in mix.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            session.Files.AddInput("the questions", parsed.GetRequiredValue(table));
            mix.AddFiles(session, parsed);
            session.Files.AddEvaluations(parsed.GetValue(add));
            RunFolder? folder = EvaluationRun.Open(parsed.GetValue(add));
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            ModelMixture? mixture = mix.Read(session, parsed, loaded, null);
            CompletionResult r = EvaluationRun.Measure(parsed.GetValue(json), ["accuracy"], () => CompletionEvaluation.Run(loaded, parsed.GetRequiredValue(table), parsed.GetValue(normalized), session.Cancellation, mixture));
            EvaluationRun.Add(folder, "completion", parsed.GetRequiredValue(table), ("accuracy", r.Accuracy), ("questions", r.Questions), ("unanswerable", r.Unanswerable));
            if (parsed.GetValue(json))
                WriteJson(r, mixture);
            else
                Console.Out.WriteLine(FormattableString.Invariant($"accuracy {r.Accuracy:P2}  {r.Correct}/{r.Questions}  unanswerable {r.Unanswerable}  questions with unknown options {r.QuestionsWithUnknownOptions}, {r.UnknownOptions} options in all ({(loaded.Shape.Unknown < 0 ? "never chosen" : "scored as <unk>")}){(mixture is null ? "" : $"  mixture of {MixtureArguments.Line(mixture.Parts)}")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(CompletionResult r, ModelMixture? mixture) => JsonReport.Write(json =>
    {
        json.Figure("accuracy", r.Accuracy);
        json.WriteNumber("questions", r.Questions);
        json.WriteNumber("correct", r.Correct);
        json.WriteNumber("unknownOptions", r.UnknownOptions);
        json.WriteNumber("questionsWithUnknownOptions", r.QuestionsWithUnknownOptions);
        json.WriteNumber("unanswerable", r.Unanswerable);
        MixtureArguments.WriteJson(json, mixture?.Parts ?? []);
        json.Array("splits", r.Splits, s => json.Object(null, () =>
        {
            json.WriteString("split", s.Split);
            json.WriteNumber("questions", s.Questions);
            json.WriteNumber("correct", s.Correct);
        }));
    });
}
