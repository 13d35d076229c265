using System.CommandLine;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Store;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Bench.Flight;

/// <summary>Trains a language model as a device with many groups in flight does, and prints the perplexity of a validation text.</summary>
internal static class LanguageFlightCommand
{
    public static Command Create()
    {
        var train = new Option<string>("--train") { Required = true, Description = "Text to train on." };
        var valid = new Option<string>("--valid") { Required = true, Description = "Validation text." };
        var groups = new Option<int[]>("--groups") { DefaultValueFactory = _ => [1, 128, 1584, 4000], AllowMultipleArgumentsPerToken = true, Description = "Groups in flight; with shared noise, predictions of a wave." };
        var batch = new Option<int>("--batch") { Description = "Predictions of a batch, at least the groups; 0 for the default." };
        var mode = new Option<LanguageFlightMode>("--mode") { DefaultValueFactory = _ => LanguageFlightMode.Scaled, Description = "What becomes of simultaneous changes." };
        var curvature = new Option<float>("--curvature") { Description = "Curvature of one term of a target row; 0 for that of the kernels." };
        var context = new Option<float>("--context-curvature") { Description = "Curvature of one use of a context row in a batch; 0 for sums." };
        var growth = new Option<int>("--growth") { DefaultValueFactory = _ => PullLimits.PredictionsInFlight, Description = "Predictions trained on so far per group in flight; 0 for all groups from the start." };
        var objective = new Option<ObjectiveKind>("--objective") { DefaultValueFactory = _ => ObjectiveKind.Nce, Description = "The objective." };
        var k = new Option<int>("--k") { DefaultValueFactory = _ => 25, Description = "Noise words per prediction." };
        var sharing = new Option<int>("--sharing") { DefaultValueFactory = _ => 1, Description = "Predictions that share noise words." };
        var set = new Option<int>("--noise-draws") { Description = "Noise words of a set; 0 for the default." };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 1, Description = "Passes over the text." };
        var rate = new Option<double>("--lr") { Description = "Learning rate; 0 for the default." };
        var normalizer = new Option<NormalizerKind>("--normalizer") { DefaultValueFactory = _ => NormalizerKind.Fixed, Description = "The normalizer." };
        var command = new Command("flight-language", "Trains log-bilinear models as a device with many groups in flight does, and prints a table: objective, sharing, epochs, mode, groups, batch, growth, curvatures, loss, perplexity, mean log Z.") { train, valid, groups, batch, mode, curvature, context, growth, objective, k, sharing, set, epochs, rate, normalizer };
        command.SetAction(parsed =>
        {
            foreach (int count in parsed.GetValue(groups)!)
            {
                var rule = new LanguageFlightRule(parsed.GetValue(mode), count, parsed.GetValue(batch), parsed.GetValue(growth), parsed.GetValue(curvature) is > 0 and float c ? c : (float)Curvature.Term(parsed.GetValue(objective).Traits()), parsed.GetValue(context));
                var options = new LanguageModelOptions
                {
                    Device = "flight",
                    Objective = parsed.GetValue(objective),
                    Normalizer = parsed.GetValue(normalizer),
                    K = parsed.GetValue(k),
                    NoiseSharing = parsed.GetValue(sharing),
                    NoiseSetSize = parsed.GetValue(set),
                    Epochs = parsed.GetValue(epochs),
                    Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
                };
                if (parsed.GetValue(rate) > 0)
                    options = options with { LearningRate = parsed.GetValue(rate) };
                Console.WriteLine(Row(rule, options, parsed.GetValue(train)!, parsed.GetValue(valid)!));
            }
        });
        return command;
    }

    private static string Row(LanguageFlightRule rule, LanguageModelOptions options, string train, string valid)
    {
        string name = FormattableString.Invariant($"| {options.Objective} | {options.NoiseSharing} | {options.Epochs} | {rule.Mode} | {rule.Groups} | {rule.Batch} | {rule.Growth} | {rule.Curvature} | {rule.Context} |");
        var catalog = new BackendCatalog();
        catalog.Register(new LanguageFlightProvider(rule));
        try
        {
            using TrainedLanguageModel trained = new LanguageModelTrainer(options, catalog).Train(CorpusSource.FromPaths(train), null);
            using LanguageModel model = trained.Model;
            PerplexityResult result = PerplexityEvaluation.Run(model, valid);
            return FormattableString.Invariant($"{name} {trained.Report.Epochs[^1].Loss:F4} | {result.Perplexity:F1} | {result.LogZSignedMean:F3} |");
        }
        catch (NceFastException e)
        {
            return $"{name} {e.Message} |";
        }
    }
}
