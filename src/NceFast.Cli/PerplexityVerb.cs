using System.CommandLine;
using System.Text.Json;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Exports;
using NceFast.Reporting;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast eval perplexity</c>.</summary>
internal static class PerplexityVerb
{
    private const string Group = "Evaluation";

    public static Command Create(Session session)
    {
        Argument<string> model = LanguageModelInput.Argument(), text = new("TEXT") { Description = "Text, plain or compressed, or - for standard input; lines without words are ignored" };
        Opt<int> threads = Opt.Number("--threads", Group, "Number of worker threads; 0 for all cores", 0).Also(Opt.Workers);
        Opt<bool> json = Opt.Json();
        Opt<string?> add = EvaluationRun.Option(), perWord = Opt.Path("--per-word", Group, "FILE", "Write the natural logarithm of the probability of each predicted word, one line 'word TAB number' per prediction", PathUse.Output);
        var command = new Command("perplexity", "Compute the perplexity of a language model, exactly normalised and not normalised") { model, text, threads, perWord, add, json };
        var form = new TextArguments();
        var mix = new MixtureArguments(CacheScope.Text);
        foreach (Option option in mix.All.Concat(form.All))
            command.Add(option);
        command.SetAction(parsed =>
        {
            Check.Range("--threads", parsed.GetValue(threads), 0, 1024);
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            session.Files.AddText("the text", parsed.GetRequiredValue(text));
            mix.AddFiles(session, parsed);
            session.Files.AddEvaluations(parsed.GetValue(add));
            AddPerWord(session, perWord.Name, parsed.GetValue(perWord), parsed.GetRequiredValue(text));
            RunFolder? folder = EvaluationRun.Open(parsed.GetValue(add));
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            TextOptions reading = form.Read(parsed);
            PerplexityResult r = EvaluationRun.Measure(parsed.GetValue(json), ["perplexity", "knownPerplexity", "unnormalizedPerplexity"], () =>
            {
                ModelMixture? mixture = mix.Read(session, parsed, loaded, reading, parsed.GetValue(threads));
                return PerplexityEvaluation.Run(loaded, parsed.GetRequiredValue(text), mixture, parsed.GetValue(perWord), parsed.GetValue(threads), session.Cancellation, session.Screen, reading);
            });
            EvaluationRun.Add(folder, "perplexity", parsed.GetRequiredValue(text), ("perplexity", r.Perplexity), ("knownPerplexity", r.KnownPerplexity), ("unnormalized", r.UnnormalizedPerplexity), ("logZSignedMean", r.LogZSignedMean), ("logZStd", r.LogZStd), ("tokens", r.Tokens));
            if (r.OovRate > 0.5)
                session.Screen.Warn(FormattableString.Invariant($"{r.OovRate:P0} of the words are unknown to the model: is the text of another language, case or tokenising? The perplexity says little."));
            if (parsed.GetValue(json))
                JsonReport.Write(w => WriteJson(w, r));
            else
                Console.Out.WriteLine(FormattableString.Invariant($"perplexity {r.Perplexity:F3}{(r.ClosedVocabulary ? $" ({Known(r)} without unknown words)" : "")}  unnormalised {r.UnnormalizedPerplexity:F3}  |log Z| mean {r.LogZMean:F4} std {r.LogZStd:F4} max {r.LogZMax:F4}  tokens {r.Tokens:N0} ({(r.PredictsEnd ? "</s> included" : "</s> not predicted")})  unknown words {r.OovRate:P2} ({(r.ClosedVocabulary ? "predicted as <unk>" : "left out")}){(r.Parts.Count > 0 ? $"  mixture of {MixtureArguments.Line(r.Parts)}" : "")}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static void AddPerWord(Session session, string option, string? path, string text)
    {
        if (path is null)
            return;
        session.Files.AddOutput(option, path);
        VerbFiles.WarnIfRead(session, [text], option, path);
        VectorFile.EnsureWritable(path);
        session.Files.Hold();
    }

    private static string Known(PerplexityResult r) => double.IsNaN(r.KnownPerplexity) ? "none" : FormattableString.Invariant($"{r.KnownPerplexity:F3}");

    public static void WriteJson(Utf8JsonWriter json, PerplexityResult r)
    {
        json.Figure("perplexity", r.Perplexity);
        json.Figure("knownPerplexity", r.KnownPerplexity);
        json.Figure("unnormalizedPerplexity", r.UnnormalizedPerplexity);
        json.Figure("logZMean", r.LogZMean);
        json.Figure("logZStd", r.LogZStd);
        json.Figure("logZMax", r.LogZMax);
        json.Figure("logZSignedMean", r.LogZSignedMean);
        json.WriteNumber("tokens", r.Tokens);
        json.WriteNumber("words", r.Words);
        json.Figure("oovRate", r.OovRate);
        json.WriteBoolean("predictsEndOfSentence", r.PredictsEnd);
        json.WriteBoolean("closedVocabulary", r.ClosedVocabulary);
        MixtureArguments.WriteJson(json, r.Parts);
        json.Figure("seconds", r.Seconds);
    }
}
