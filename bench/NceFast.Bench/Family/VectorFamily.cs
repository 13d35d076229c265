using System.CommandLine;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Bench.Family;

/// <summary>Compares the objectives and schedules of word vectors.</summary>
internal sealed class VectorFamily(string train, string valid, string[] pairs, string questions, int seeds)
{
    public static Command Command()
    {
        Option<string> train = FamilyCommand.Text("--train", "Text to train on."), valid = FamilyCommand.Text("--valid", "Validation text, which chooses the learning rates."), questions = FamilyCommand.Text("--questions", "Analogy file.");
        Option<string[]> pairs = FamilyCommand.Several<string>("--pairs", [], "Word-similarity files.");
        Option<string[]> models = FamilyCommand.Several("--models", ["skipgram"], "Models."), objectives = FamilyCommand.Several("--objectives", ["nce", "neg", "rank"], "Objectives."), schedules = FamilyCommand.Several("--schedules", ["linear", "adagrad"], "Schedules of the learning rate.");
        models.AcceptOnlyFromAmong("skipgram", "cbow");
        objectives.AcceptOnlyFromAmong("nce", "neg", "rank");
        schedules.AcceptOnlyFromAmong("linear", "adagrad");
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 3, Description = "Passes over the text, for equal updates." };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 0, Description = "Seconds of training per row of a second table, for equal time; 0 leaves it out." };
        var seeds = new Option<int>("--seeds") { DefaultValueFactory = _ => 1, Description = "Trainings per row, whose means are printed." };
        var dim = new Option<int>("--dim") { DefaultValueFactory = _ => 100, Description = "Floats per vector." };
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount, Description = "Threads." };
        var tune = new Option<bool>("--tune") { Description = "Search the best learning rate of each row instead of taking its default." };
        var command = new Command("vectors", "Trains word vectors.") { train, valid, questions, pairs, models, objectives, schedules, epochs, seconds, seeds, dim, threads, tune };
        command.SetAction(parsed =>
        {
            var options = new WordVectorOptions { Dim = parsed.GetValue(dim), Epochs = parsed.GetValue(epochs), Threads = parsed.GetValue(threads) };
            FamilyCommand.Introduce($"{options.Threads} threads, dim {options.Dim}, means of {parsed.GetValue(seeds)} seeds");
            WordVectorOptions[] rows = [.. parsed.GetValue(models)!.SelectMany(model => parsed.GetValue(objectives)!.SelectMany(objective => parsed.GetValue(schedules)!.Select(schedule => With(options, model, objective, schedule))))];
            new VectorFamily(parsed.GetValue(train)!, parsed.GetValue(valid)!, parsed.GetValue(pairs)!, parsed.GetValue(questions)!, parsed.GetValue(seeds)).Run(rows, parsed.GetValue(tune), parsed.GetValue(seconds));
        });
        return command;
    }

    private static WordVectorOptions With(WordVectorOptions options, string model, string objective, string schedule) => options with
    {
        Model = model == "cbow" ? ModelKind.Cbow : ModelKind.SkipGram,
        Objective = objective switch { "rank" => ObjectiveKind.RankingNce, "neg" => ObjectiveKind.Neg, _ => ObjectiveKind.Nce },
        Schedule = schedule == "adagrad" ? RateSchedule.AdaGrad : RateSchedule.Linear,
    };

    private static string Name(WordVectorOptions row) => $"{row.Model} | {FamilyCommand.Short(row.Objective)} | {row.Schedule}".ToLowerInvariant();

    private void Run(WordVectorOptions[] rows, bool tune, double seconds) =>
        FamilyCommand.Tables(rows.Select(row => tune ? row with { LearningRate = Search(row) } : row), seconds, Header, Row);

    private void Header()
    {
        Console.WriteLine();
        Console.WriteLine($"| model | objective | schedule | rate | passes | held-out perplexity |{string.Concat(pairs.Select(file => $" {Path.GetFileNameWithoutExtension(file)} |"))} analogies, semantic, % | syntactic, % | training, s |");
        Console.WriteLine("|---|---|---|---|---|---|" + string.Concat(Enumerable.Repeat("---|", pairs.Length + 3)));
    }

    private double Search(WordVectorOptions row)
    {
        (double rate, IReadOnlyList<(double Rate, double Value)> tried) = RateSearch.Best(row.StartRate, r => Train(row with { LearningRate = r }).HeldOut.Loss);
        FamilyCommand.Report(Name(row), tried);
        return rate;
    }

    // Returns the seconds of a training.
    private double Row(WordVectorOptions row)
    {
        Trial[] trials = [.. Enumerable.Range(1, seeds).Select(seed => Train(row with { Seed = (ulong)seed }))];
        Console.WriteLine(FormattableString.Invariant(
            $"| {Name(row)} | {row.StartRate:G3} | {row.Epochs} | {trials.Average(t => t.HeldOut.Perplexity):F0} |{string.Concat(pairs.Select((_, i) => FormattableString.Invariant($" {trials.Average(t => t.Similarity[i]):F3} |")))} {trials.Average(t => t.Semantic):F1} | {trials.Average(t => t.Syntactic):F1} | {trials.Average(t => t.Seconds):F1} |"));
        return trials.Average(t => t.Seconds);
    }

    private Trial Train(WordVectorOptions options)
    {
        using TrainedVectors trained = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(train));
        HeldOutResult heldOut = HeldOutEvaluation.Read(options.ToSpec(trained.Vocabulary.Counts), trained.Vocabulary, valid).Run(trained.Parameters);
        WordVectors vectors = trained.GetVectors();
        AnalogyResult analogies = AnalogyEvaluation.Run(vectors, questions);
        return new Trial(heldOut, [.. pairs.Select(file => SimilarityEvaluation.Run(vectors, file).Spearman)], 100 * analogies.Semantic.Accuracy, 100 * analogies.Syntactic.Accuracy, trained.Report.TrainingSeconds);
    }

    private sealed record Trial(HeldOutResult HeldOut, double[] Similarity, double Semantic, double Syntactic, double Seconds);
}
