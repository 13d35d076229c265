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
        var with = new Opt<string[]>("--with", Group, null) { Description = "Another language model, whose scores are added; may be given several times, for example with a model of the words after (--context 0 --context-after 10)", HelpName = "MODEL", DefaultValueFactory = _ => [] };
        Opt<string?> add = EvaluationRun.Option();
        var command = new Command("completion", "Fill blanks with the option whose sentence scores best") { model, table, normalized, with, add, json };
        var mix = new MixtureArguments(CacheScope.Sentence);
        foreach (Option option in mix.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            string[] others = parsed.GetRequiredValue(with);
            foreach (string other in others)
                session.Files.AddInput(with.Name, other);
            session.Files.AddInput("the questions", parsed.GetRequiredValue(table));
            mix.AddFiles(session, parsed);
            session.Files.AddEvaluations(parsed.GetValue(add));
            RunFolder? folder = EvaluationRun.Open(parsed.GetValue(add));
            var models = new List<LanguageModel>();
            try
            {
                foreach (string path in others.Prepend(parsed.GetRequiredValue(model)))
                    models.Add(LanguageModel.Load(path));
                Run(models);
            }
            finally
            {
                models.ForEach(loaded => loaded.Dispose());
            }

            return ExitCode.Done;

            void Run(List<LanguageModel> models)
            {
                ModelMixture? mixture = mix.Read(session, parsed, models[0], null);
                CompletionResult r = EvaluationRun.Measure(parsed.GetValue(json), ["accuracy"], () => CompletionEvaluation.Run(models[0], parsed.GetRequiredValue(table), parsed.GetValue(normalized), session.Cancellation, mixture, models[1..]));
                EvaluationRun.Add(folder, "completion", parsed.GetRequiredValue(table), ("accuracy", r.Accuracy), ("questions", r.Questions), ("unanswerable", r.Unanswerable));
                if (parsed.GetValue(json))
                    WriteJson(r, mixture);
                else
                    Console.Out.WriteLine(FormattableString.Invariant($"accuracy {r.Accuracy:P2}  {r.Correct}/{r.Questions}  unanswerable {r.Unanswerable}  questions with unknown options {r.QuestionsWithUnknownOptions}, {r.UnknownOptions} options in all ({(models.Exists(m => m.Shape.Unknown < 0) ? "never chosen" : "scored as <unk>")}){(mixture is null ? "" : $"  mixture of {MixtureArguments.Line(mixture.Parts)}")}"));
            }
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
