using System.CommandLine;
using System.Text;
using System.Text.Json;
using NceFast.Blocks;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast score MODEL TEXT</c>: one line of output for each line of input, in the same order.</summary>
internal static class ScoreVerb
{
    private const string Group = "Language model";

    public static Command Create(Session session)
    {
        Argument<string> model = LanguageModelInput.Argument(), text = new("TEXT") { Description = "Sentences, one per line, plain or compressed; - for standard input" };
        Opt<bool> normalized = Opt.Flag("--normalized", Group, "Exact log-probabilities, which are slower"), json = Opt.Json();
        var command = new Command("score", "Print the log-probability of each line (natural logarithm), one result per line; NaN where nothing is predicted") { model, text, normalized, json };
        var form = new TextArguments();
        foreach (Option option in form.All)
            command.Add(option);
        command.SetAction(parsed =>
        {
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            session.Files.AddText("the text", parsed.GetRequiredValue(text));
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            using SentenceReader reader = SentenceReader.Open(parsed.GetRequiredValue(text), loaded.Vocabulary, loaded.Shape.Unknown, session.Screen, session.Cancellation, form.Read(parsed));
            Run(loaded, reader, parsed.GetValue(normalized), parsed.GetValue(json), session.Cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    // Whoever writes to a pipe may wait for the answer to each line.
    private static void Run(LanguageModel model, SentenceReader reader, bool normalized, bool json, CancellationToken cancellation)
    {
        using var scorer = new SentenceScorer(model);
        using var output = new StreamWriter(StandardStreams.OpenOutput(), new UTF8Encoding(false)) { AutoFlush = reader.IsLive, NewLine = "\n" };
        var line = new List<int>();
        long words = 0, unknown = 0;
        while (reader.TryReadLine(line))
        {
            cancellation.ThrowIfCancellationRequested();
            double score = Score(model, scorer, [.. line], hasWords: reader.Words > words, normalized);
            output.WriteLine(json ? Json(reader, score, reader.Words - words, reader.UnknownWords - unknown) : FormattableString.Invariant($"{score:F5}"));
            (words, unknown) = (reader.Words, reader.UnknownWords);
        }
    }

    // A blank line is the empty sentence. A line of which nothing is predicted has no probability.
    private static double Score(LanguageModel model, SentenceScorer scorer, int[] ids, bool hasWords, bool normalized)
    {
        if (ids.Length == 0 && (hasWords || !model.Shape.PredictsEnd))
            return double.NaN;
        return normalized ? scorer.LogProbability(ids) : scorer.Score(ids);
    }

    private static string Json(SentenceReader reader, double score, long words, long unknown)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("line", reader.Lines);
            json.Figure("score", score);
            json.WriteNumber("words", words);
            json.WriteNumber("unknownWords", unknown);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
