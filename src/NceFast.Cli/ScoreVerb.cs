using System.CommandLine;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast score MODEL TEXT</c>: one line of output for each line of input, in the same order.</summary>
internal static class ScoreVerb
{
    private const string Group = "Language model";
    private const int LinesAtOnce = 256;

    public static Command Create(Session session)
    {
        Argument<string> model = LanguageModelInput.Argument(), text = new("TEXT") { Description = "Sentences, one per line, plain or compressed; - for standard input" };
        Opt<bool> normalized = Opt.Flag("--normalized", Group, "Exact log-probabilities, which are slower"), json = Opt.Json();
        var command = new Command("score", "Print the log-probability of each line (natural logarithm), one result per line; NaN where nothing is predicted") { model, text, normalized, json };
        var form = new TextArguments();
        var mix = new MixtureArguments(CacheScope.Sentence);
        foreach (Option option in mix.All.Concat(form.All))
            command.Add(option);
        command.SetAction(parsed =>
        {
            session.Files.AddInput("the model", parsed.GetRequiredValue(model));
            session.Files.AddText("the text", parsed.GetRequiredValue(text));
            mix.AddFiles(session, parsed);
            using LanguageModel loaded = LanguageModel.Load(parsed.GetRequiredValue(model));
            TextOptions reading = form.Read(parsed);
            ModelMixture? mixture = mix.Read(session, parsed, loaded, reading);
            if (mixture is not null)
                session.Screen.Hint($"mixture of {MixtureArguments.Line(mixture.Parts)}");
            using SentenceReader reader = SentenceReader.Open(parsed.GetRequiredValue(text), loaded.Vocabulary, loaded.Shape.Unknown, session.Screen, session.Cancellation, reading);
            Run(loaded, mixture, reader, parsed.GetValue(normalized), parsed.GetValue(json), session.Cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Run(LanguageModel model, ModelMixture? mixture, SentenceReader reader, bool normalized, bool json, CancellationToken cancellation)
    {
        using var scorers = new ThreadLocal<SentenceScorer>(() => new SentenceScorer(model, mixture), trackAllValues: true);
        using var output = new StreamWriter(StandardStreams.OpenOutput(), new UTF8Encoding(false)) { AutoFlush = reader.IsLive, NewLine = "\n" };
        try
        {
            // Exact scores take so long that several threads share them. Whoever writes to a pipe may wait for the answer to each line.
            bool isSlow = normalized || mixture is not null;
            int most = reader.IsLive || !isSlow ? 1 : LinesAtOnce;
            var lines = new List<Line>();
            while (Fill(reader, lines, most))
            {
                cancellation.ThrowIfCancellationRequested();
                if (lines.Count == 1)
                    lines[0].Score = Score(model, scorers.Value!, lines[0], normalized);
                else
                    Parallel.For(0, lines.Count, new ParallelOptions { CancellationToken = cancellation }, i => lines[i].Score = Score(model, scorers.Value!, lines[i], normalized));
                foreach (Line line in lines)
                    output.WriteLine(json ? Json(line) : FormattableString.Invariant($"{line.Score:F5}"));
            }
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(NceFastException.MostTelling(e));
        }
        finally
        {
            foreach (SentenceScorer scorer in scorers.Values)
                scorer.Dispose();
        }
    }

    private static bool Fill(SentenceReader reader, List<Line> lines, int most)
    {
        lines.Clear();
        var ids = new List<int>();
        long words = reader.Words, unknown = reader.UnknownWords;
        while (lines.Count < most && reader.TryReadLine(ids))
        {
            lines.Add(new Line(reader.Lines, [.. ids], reader.Words - words, reader.UnknownWords - unknown));
            (words, unknown) = (reader.Words, reader.UnknownWords);
        }

        return lines.Count > 0;
    }

    // A blank line is the empty sentence. A line of which nothing is predicted has no probability.
    private static double Score(LanguageModel model, SentenceScorer scorer, Line line, bool normalized)
    {
        if (line.Ids.Length == 0 && (line.Words > 0 || !model.Shape.PredictsEnd))
            return double.NaN;
        return normalized ? scorer.LogProbability(line.Ids) : scorer.Score(line.Ids);
    }

    private static string Json(Line line)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("line", line.Number);
            json.Figure("score", line.Score);
            json.WriteNumber("words", line.Words);
            json.WriteNumber("unknownWords", line.Unknown);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>Represents a line of the text and its score.</summary>
    private sealed class Line(long number, int[] ids, long words, long unknown)
    {
        public long Number { get; } = number;

        public int[] Ids { get; } = ids;

        public long Words { get; } = words;

        public long Unknown { get; } = unknown;

        public double Score { get; set; }
    }
}
