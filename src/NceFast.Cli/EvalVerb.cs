using System.CommandLine;
using System.Text.Json;
using NceFast.Evaluation;
using NceFast.Reporting;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast eval</c>, and of its verbs <c>similarity</c> and <c>analogy</c>.</summary>
internal static class EvalVerb
{
    public static Command Create(Session session) => new("eval", "Evaluate word vectors and language models") { Similarity(session), Analogy(session), PerplexityVerb.Create(session), CompletionVerb.Create(session) };

    private static Command Similarity(Session session)
    {
        var pairs = new Argument<string>("PAIRS") { Description = "Table of two words and a human score per line; a header may name the columns" };
        return Verb(session, "similarity", "Correlate cosines of word pairs with human judgements", pairs, (vectors, path, restrict, json, run) =>
        {
            SimilarityResult r = EvaluationRun.Measure(json, ["spearman", "pearson"], () => SimilarityEvaluation.Run(vectors, path, restrict, session.Cancellation));
            EvaluationRun.Add(run, "similarity", path, ("spearman", r.Spearman), ("pearson", r.Pearson), ("pairs", r.Pairs), ("skipped", r.Skipped));
            if (json)
                JsonReport.Write(w => WriteJson(w, r));
            else
                Console.Out.WriteLine($"spearman {r.Spearman:F4}  pearson {r.Pearson:F4}  pairs {r.Pairs}, {r.Skipped} skipped for unknown words ({r.OutOfVocabularyRate:P1}), {r.InvalidLines} lines unreadable");
        });
    }

    private static Command Analogy(Session session)
    {
        var questions = new Argument<string>("QUESTIONS") { Description = "Lines of four words, or of a word, a tab and its related words (a/b), in sections that begin with ': name'; or a folder of such files" };
        return Verb(session, "analogy", "Answer 'a is to b as c is to ?' by vector offsets", questions, (vectors, path, restrict, json, run) =>
        {
            AnalogyResult r = EvaluationRun.Measure(json, ["all", "semantic", "syntactic"], () => AnalogyEvaluation.Run(vectors, path, restrict, session.Cancellation));
            EvaluationRun.Add(run, "analogy", path, ("accuracy", r.All.Accuracy), ("semantic", r.Semantic.Accuracy), ("syntactic", r.Syntactic.Accuracy), ("questions", r.All.Questions), ("skipped", r.All.Skipped));
            if (json)
                JsonReport.Write(w => WriteJson(w, r));
            else
                WriteText(r);
        });
    }

    private static Command Verb(Session session, string name, string description, Argument<string> questions, Action<WordVectors, string, int, bool, RunFolder?> run)
    {
        Argument<string> file = VectorInput.Argument();
        Opt<int> restrict = Opt.Number("--restrict", "Evaluation", "Number of most frequent words to consider; 0 for all", SimilarityEvaluation.DefaultRestrict);
        Opt<bool> json = Opt.Json();
        Opt<string?> add = EvaluationRun.Option();
        var command = new Command(name, description) { file, questions, restrict, add, json };
        command.SetAction(parsed =>
        {
            Check.Range("--restrict", parsed.GetValue(restrict), 0, int.MaxValue);
            session.Files.AddVectors("the vectors", parsed.GetRequiredValue(file));
            string asked = parsed.GetRequiredValue(questions);
            foreach (string path in Directory.Exists(asked) ? Directory.GetFiles(asked, "*", SearchOption.AllDirectories) : [asked])
                session.Files.AddInput("the questions", path);
            session.Files.AddEvaluations(parsed.GetValue(add));
            RunFolder? folder = EvaluationRun.Open(parsed.GetValue(add));
            using WordVectors vectors = VectorInput.Read(session, parsed.GetRequiredValue(file));
            run(vectors, asked, parsed.GetValue(restrict), parsed.GetValue(json), folder);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteText(AnalogyResult result)
    {
        foreach (AnalogySection s in result.Sections.Append(result.Semantic).Append(result.Syntactic).Append(result.All))
            Console.Out.WriteLine($"{s.Name,-30} {(s.Questions > 0 ? $"{s.Accuracy:P2}" : "none"),7}  {s.Correct}/{s.Questions}, {s.Skipped} skipped for unknown words");
        if (result.InvalidLines > 0)
            Console.Out.WriteLine($"{result.InvalidLines} lines unreadable");
    }

    private static void WriteJson(Utf8JsonWriter json, SimilarityResult r)
    {
        json.Figure("spearman", r.Spearman);
        json.Figure("pearson", r.Pearson);
        json.WriteNumber("pairs", r.Pairs);
        json.WriteNumber("skipped", r.Skipped);
        json.WriteNumber("invalidLines", r.InvalidLines);
        json.Figure("outOfVocabularyRate", r.OutOfVocabularyRate);
    }

    private static void WriteJson(Utf8JsonWriter json, AnalogyResult r)
    {
        json.Array("sections", r.Sections, s => json.Object(null, () => Section(json, s)));
        json.Object("semantic", () => Section(json, r.Semantic));
        json.Object("syntactic", () => Section(json, r.Syntactic));
        json.Object("all", () => Section(json, r.All));
        json.WriteNumber("invalidLines", r.InvalidLines);
    }

    private static void Section(Utf8JsonWriter json, AnalogySection s)
    {
        json.WriteString("name", s.Name);
        json.Figure("accuracy", s.Accuracy);
        json.WriteNumber("correct", s.Correct);
        json.WriteNumber("questions", s.Questions);
        json.WriteNumber("skipped", s.Skipped);
    }
}
