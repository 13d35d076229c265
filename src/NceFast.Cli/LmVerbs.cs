using System.CommandLine;
using NceFast.Evaluation;
using NceFast.Reporting;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast eval completion</c> and <c>ncefast generate</c>.</summary>
internal static class LmVerbs
{
    private const string Group = "Language model";

    public static Command Completion(Session session)
    {
        Argument<string> model = LmEvalVerb.ModelArgument(), table = new("TABLE") { Description = "Questions: id, split, answer, left, right and the options, separated by tabs; a header line may come first" };
        Opt<bool> normalized = Opt.Flag("--normalized", Group, "Normalise scores exactly, which is slower"), json = Opt.Json();
        Opt<string?> add = EvaluationRun.Option();
        var command = new Command("completion", "Fill blanks with the option whose sentence scores best") { model, table, normalized, add, json };
        command.SetAction(parsed =>
        {
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            session.Files.AddInput("the questions", parsed.GetRequiredValue(table));
            session.Files.AddEvaluations(parsed.GetValue(add));
            RunFolder? folder = EvaluationRun.Open(parsed.GetValue(add));
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            CompletionResult r = EvaluationRun.Measure(parsed.GetValue(json), ["accuracy"], () => CompletionEvaluation.Run(loaded, parsed.GetRequiredValue(table), parsed.GetValue(normalized), session.Cancellation));
            EvaluationRun.Add(folder, "completion", parsed.GetRequiredValue(table), ("accuracy", r.Accuracy), ("questions", r.Questions), ("unanswerable", r.Unanswerable));
            if (parsed.GetValue(json))
                WriteJson(r);
            else
                Console.Out.WriteLine(FormattableString.Invariant($"accuracy {r.Accuracy:P2}  {r.Correct}/{r.Questions}  unanswerable {r.Unanswerable}  questions with unknown options {r.QuestionsWithUnknownOptions}, {r.UnknownOptions} options in all ({(loaded.Shape.Unknown < 0 ? "never chosen" : "scored as <unk>")})"));
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Generate(Session session)
    {
        Argument<string> model = LmEvalVerb.ModelArgument();
        Opt<int> sentences = Opt.Number("--sentences", Group, "Sentences to make", 10), words = Opt.Number("--max-words", Group, "Most words of a sentence", 100);
        Opt<double> temperature = Opt.Number("--temperature", Group, "Scores are divided by it; 1 samples the model's distribution", 1.0).Fills<TextGenerator>(nameof(TextGenerator.Temperature));
        Opt<string?> start = Opt.Text("--start", Group, "WORDS", "Words each sentence begins with", "");
        Opt<ulong> seed = Opt.Number("--seed", Group, "Seed of the draws", 1UL);
        Opt<bool> unknown = Opt.Flag("--unknown", Group, "Let <unk> be drawn");
        var command = new Command("generate", "Sample sentences from a language model") { model, sentences, words, temperature, start, seed, unknown };
        command.SetAction(parsed =>
        {
            Check.Range("--sentences", parsed.GetValue(sentences), 0, int.MaxValue);
            Check.Range("--max-words", parsed.GetValue(words), 1, 1_000_000);
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            using var generator = new TextGenerator(loaded, parsed.GetValue(temperature), parsed.GetValue(seed));
            for (int i = 0; i < parsed.GetValue(sentences); i++)
            {
                session.Cancellation.ThrowIfCancellationRequested();
                Console.Out.WriteLine(generator.Generate(parsed.GetValue(start)!, parsed.GetValue(words), parsed.GetValue(unknown)));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteJson(CompletionResult r) => JsonReport.Write(json =>
    {
        json.Figure("accuracy", r.Accuracy);
        json.WriteNumber("questions", r.Questions);
        json.WriteNumber("correct", r.Correct);
        json.WriteNumber("unknownOptions", r.UnknownOptions);
        json.WriteNumber("questionsWithUnknownOptions", r.QuestionsWithUnknownOptions);
        json.WriteNumber("unanswerable", r.Unanswerable);
        json.Array("splits", r.Splits, s => json.Object(null, () =>
        {
            json.WriteString("split", s.Split);
            json.WriteNumber("questions", s.Questions);
            json.WriteNumber("correct", s.Correct);
        }));
    });
}
