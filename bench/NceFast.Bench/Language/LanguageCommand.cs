using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Bench.Language;

/// <summary>Trains a language model with each objective on one text, with the same number of epochs, and prints a table.</summary>
internal static class LanguageCommand
{
    public static Command Create()
    {
        Option<string> train = Text("--train", "Text to train on."), valid = Text("--valid", "Validation text."), test = Text("--test", "Test text.");
        var objectives = new Option<string[]>("--rows") { DefaultValueFactory = _ => ["nce", "rank", "neg", "is", "ml"], AllowMultipleArgumentsPerToken = true, Description = "Objectives, a few rows each." };
        objectives.AcceptOnlyFromAmong("nce", "rank", "neg", "is", "ml");
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 4, Description = "Passes over the text." };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount, Description = "Threads." };
        var minCount = new Option<int>("--min-count") { DefaultValueFactory = _ => 1, Description = "Leave out words seen fewer times." };
        var command = new Command("language", "Trains log-bilinear models (dim 100, two context words, full matrices) by each objective and noise, and prints one table.") { train, valid, test, objectives, epochs, threads, minCount };
        command.SetAction(parsed =>
        {
            var options = new LanguageModelOptions
            {
                Epochs = parsed.GetValue(epochs),
                Threads = parsed.GetValue(threads),
                Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = parsed.GetValue(minCount) } },
            };
            Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {RuntimeInformation.ProcessArchitecture}, .NET {Environment.Version}, {options.Threads} threads, {options.Epochs} passes");
            Console.WriteLine();
            Console.WriteLine("| objective | k | noise | validation | test | test, Z taken as 1 | log Z on test: mean / std / max of its size | training, s | its processor time, s | million words/s |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
            // The cheap rows come first, the exact softmax last.
            foreach (LanguageModelOptions row in parsed.GetValue(objectives)!.SelectMany(o => Rows(options, o)))
                Console.WriteLine(Row(row, parsed.GetValue(train)!, parsed.GetValue(valid)!, parsed.GetValue(test)!));
        });
        return command;
    }

    private static Option<string> Text(string name, string description) => new(name) { Required = true, Description = description };

    private static IEnumerable<LanguageModelOptions> Rows(LanguageModelOptions options, string objective)
    {
        (ObjectiveKind kind, int[] ks) = objective switch
        {
            "ml" => (ObjectiveKind.MaximumLikelihood, [1]),
            "nce" => (ObjectiveKind.Nce, [1, 5, 25, 100]),
            "neg" => (ObjectiveKind.Neg, [1, 5, 25, 100]),
            "is" => (ObjectiveKind.ImportanceSampling, (int[])[25, 100]),
            "rank" => (ObjectiveKind.RankingNce, [1, 5, 25, 100]),
            _ => throw new ArgumentOutOfRangeException(nameof(objective), objective, "No objective."),
        };
        NoiseKind[] noises = kind == ObjectiveKind.MaximumLikelihood ? [NoiseKind.Unigram] : [NoiseKind.Unigram, NoiseKind.Uniform];
        return noises.SelectMany(noise => ks.Select(k => options with { Objective = kind, K = k, Noise = noise }));
    }

    private static string Row(LanguageModelOptions options, string train, string valid, string test)
    {
        bool exact = options.Objective == ObjectiveKind.MaximumLikelihood;
        string name = exact ? "| ml | | |" : $"| {Name(options.Objective)} | {options.K} | {options.Noise.ToString().ToLowerInvariant()} |";
        try
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(train), null);
            (LanguageModel model, TrainingReport report) = (trained.Model, trained.Report);
            double processor = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            using (model)
            {
                PerplexityResult v = PerplexityEvaluation.Run(model, valid), t = PerplexityEvaluation.Run(model, test);
                return FormattableString.Invariant($"{name} {v.Perplexity:F1} | {t.Perplexity:F1} | {t.UnnormalizedPerplexity:F1} | {t.LogZMean:F2} / {t.LogZStd:F2} / {t.LogZMax:F2} | {report.TrainingSeconds:F1} | {processor:F1} | {report.WordsPerSecond / 1e6:F3} |");
            }
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Usage)
        {
            return $"{name} {e.Message} |";
        }
    }

    private static string Name(ObjectiveKind objective) => objective switch
    {
        ObjectiveKind.ImportanceSampling => "is",
        ObjectiveKind.RankingNce => "rank",
        _ => objective.ToString().ToLowerInvariant(),
    };
}
