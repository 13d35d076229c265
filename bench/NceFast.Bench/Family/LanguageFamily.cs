using System.CommandLine;
using System.Diagnostics;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Objectives;
using NceFast.Sampling;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Bench.Family;

/// <summary>Compares the objectives and noises of language models.</summary>
internal sealed class LanguageFamily(string train, string valid, string test, int seeds)
{
    private static readonly string[] Objectives = ["nce", "rank", "is", "neg", "ml"], Noises = ["unigram", "uniform", "bigram"];

    public static Command Command()
    {
        Option<string> train = FamilyCommand.Text("--train", "Text to train on."), valid = FamilyCommand.Text("--valid", "Validation text, which chooses the learning rates."), test = FamilyCommand.Text("--test", "Test text.");
        Option<string[]> objectives = FamilyCommand.Several("--objectives", ["nce", "rank", "is", "ml"], "Objectives."), noises = FamilyCommand.Several("--noises", ["unigram", "bigram"], "Noise distributions.");
        objectives.AcceptOnlyFromAmong(Objectives);
        noises.AcceptOnlyFromAmong(Noises);
        Option<int[]> ks = FamilyCommand.Several("--k", [5, 25, 100], "Numbers of noise words.");
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 4, Description = "Passes over the text, for equal updates." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 0, Description = "Seconds of training per row of a second table, for equal time; 0 leaves it out." };
        var seeds = new Option<int>("--seeds") { DefaultValueFactory = _ => 3, Description = "Trainings per row, whose means are printed." };
        var dim = new Option<int>("--dim") { DefaultValueFactory = _ => 100, Description = "Floats per vector." };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount, Description = "Threads." };
        var minCount = new Option<int>("--min-count") { DefaultValueFactory = _ => 1, Description = "Leave out words seen fewer times." };
        var rate = new Option<double>("--lr") { DefaultValueFactory = _ => 0, Description = "The learning rate of all rows; 0 searches the best of each." };
        var command = new Command("language", "Trains log-bilinear models with two context words and full matrices.") { train, valid, test, objectives, noises, ks, epochs, seconds, seeds, dim, threads, minCount, rate };
        command.SetAction(parsed =>
        {
            var options = new LanguageModelOptions
            {
                Dim = parsed.GetValue(dim),
                Epochs = parsed.GetValue(epochs),
                Threads = parsed.GetValue(threads),
                Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = parsed.GetValue(minCount) } },
            };
            FamilyCommand.Introduce($"{options.Threads} threads, dim {options.Dim}, means of {parsed.GetValue(seeds)} seeds");
            var family = new LanguageFamily(parsed.GetValue(train)!, parsed.GetValue(valid)!, parsed.GetValue(test)!, parsed.GetValue(seeds));
            family.Run([.. parsed.GetValue(objectives)!.SelectMany(o => Rows(options, o, parsed.GetValue(noises)!, parsed.GetValue(ks)!))], parsed.GetValue(rate), parsed.GetValue(seconds));
        });
        return command;
    }

    // The exact softmax has neither k nor noise.
    private static IEnumerable<LanguageModelOptions> Rows(LanguageModelOptions options, string objective, string[] noises, int[] ks)
    {
        ObjectiveKind kind = objective switch
        {
            "nce" => ObjectiveKind.Nce,
            "rank" => ObjectiveKind.RankingNce,
            "is" => ObjectiveKind.ImportanceSampling,
            "neg" => ObjectiveKind.Neg,
            _ => ObjectiveKind.MaximumLikelihood,
        };
        LanguageModelOptions row = options with { Objective = kind };
        return kind == ObjectiveKind.MaximumLikelihood ? [row] : noises.SelectMany(noise => ks.Select(k => WithNoise(row with { K = k }, noise)));
    }

    private static LanguageModelOptions WithNoise(LanguageModelOptions row, string noise) => row with { Noise = Enum.Parse<NoiseKind>(noise, ignoreCase: true) };

    private static string Name(LanguageModelOptions row) => row.Objective == ObjectiveKind.MaximumLikelihood ? "ml | |" : $"{FamilyCommand.Short(row.Objective)} | {row.K} | {row.Noise.ToString().ToLowerInvariant()}";

    private void Run(LanguageModelOptions[] rows, double rate, double seconds) =>
        FamilyCommand.Tables(rows.Select(row => row with { LearningRate = rate > 0 ? rate : Search(row) }), seconds, Header, Row);

    private static void Header()
    {
        Console.WriteLine();
        Console.WriteLine("| objective | k | noise | rate | passes | validation | test | test, least to most | test, Z taken as 1 | log Z on test: mean / std | training, s | its processor time, s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
    }

    private double Search(LanguageModelOptions row)
    {
        (double rate, IReadOnlyList<(double Rate, double Value)> tried) = RateSearch.Best(row.StartRate, r => Train(row with { LearningRate = r }, testToo: false)?.Valid ?? double.NaN);
        FamilyCommand.Report(Name(row), tried);
        return rate;
    }

    // Returns the seconds of a training.
    private double Row(LanguageModelOptions row)
    {
        Trial[] trials = [.. Enumerable.Range(1, seeds).Select(seed => Train(row with { Seed = (ulong)seed }, testToo: true)).OfType<Trial>()];
        if (trials.Length < seeds)
        {
            Console.WriteLine(FormattableString.Invariant($"| {Name(row)} | {row.StartRate:G3} | {row.Epochs} | {seeds - trials.Length} of {seeds} trainings diverged |"));
            return double.PositiveInfinity;
        }

        Console.WriteLine(FormattableString.Invariant(
            $"| {Name(row)} | {row.StartRate:G3} | {row.Epochs} | {trials.Average(t => t.Valid):F1} | {trials.Average(t => t.Test):F1} | {trials.Min(t => t.Test):F1} to {trials.Max(t => t.Test):F1} | {trials.Average(t => t.Unnormalized):F1} | {trials.Average(t => t.LogZMean):F2} / {trials.Average(t => t.LogZStd):F2} | {trials.Average(t => t.Seconds):F1} | {trials.Average(t => t.Processor):F1} |"));
        return trials.Average(t => t.Seconds);
    }

    // Returns null if the training diverges.
    private Trial? Train(LanguageModelOptions options, bool testToo)
    {
        try
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(train), null);
            double processor = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            PerplexityResult v = PerplexityEvaluation.Run(trained.Model, valid), t = testToo ? PerplexityEvaluation.Run(trained.Model, test) : v;
            return new Trial(v.Perplexity, t.Perplexity, t.UnnormalizedPerplexity, t.LogZMean, t.LogZStd, trained.Report.TrainingSeconds, processor);
        }
        catch (NceFastException e) when (e.Message.Contains("diverged", StringComparison.Ordinal) || e.Kind == ErrorKind.EmptyVocabulary)
        {
            return null;
        }
    }

    private sealed record Trial(double Valid, double Test, double Unnormalized, double LogZMean, double LogZStd, double Seconds, double Processor);
}
