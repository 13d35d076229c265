using System.CommandLine;
using NceFast.Evaluation;
using NceFast.Store;

namespace NceFast.Cli;

/// <summary><c>ncefast generate MODEL</c>.</summary>
internal static class GenerateVerb
{
    private const string Group = "Language model";

    public static Command Create(Session session)
    {
        Argument<string> model = LanguageModelInput.Argument();
        Opt<int> sentences = Opt.Number("--sentences", Group, "Number of sentences", 10), words = Opt.Number("--max-words", Group, "Maximum number of words per sentence", 100);
        Opt<double> temperature = Opt.Number("--temperature", Group, "Divides the scores; 1 samples from the distribution of the model", 1.0).Fills<TextGenerator>(nameof(TextGenerator.Temperature));
        Opt<string?> start = Opt.Text("--start", Group, "WORDS", "Words that each sentence begins with", "");
        Opt<ulong> seed = Opt.Number("--seed", Group, "Seed of the draws", 1UL);
        Opt<bool> unknown = Opt.Flag("--unknown", Group, "Allow <unk>");
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
}
