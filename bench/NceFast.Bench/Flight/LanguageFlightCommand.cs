using System.CommandLine;
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
        var common = new FlightOptions([1, 128, 1584, 4000], k: 25, PullLimits.PredictionsInFlight, "Predictions");
        var batch = new Option<int>("--batch") { Description = "Predictions of a batch, at least the groups; 0 for the default." };
        var curvature = new Option<float>("--curvature") { Description = "Curvature of one term of a target row; 0 for that of the kernels." };
        var context = new Option<float>("--context-curvature") { Description = "Curvature of one use of a context row in a batch; 0 for sums." };
        var sharing = new Option<int>("--sharing") { DefaultValueFactory = _ => 1, Description = "Predictions that share noise words. The groups are then the predictions of a wave." };
        var set = new Option<int>("--noise-draws") { Description = "Noise words of a set; 0 for the default." };
        var rate = new Option<double>("--lr") { Description = "Learning rate; 0 for the default." };
        var normalizer = new Option<NormalizerKind>("--normalizer") { DefaultValueFactory = _ => NormalizerKind.Fixed, Description = "The normalizer." };
        return common.Create(
            "flight-language",
            "Trains log-bilinear models as a device with many groups in flight does, and prints a table.",
            [batch, curvature, context, sharing, set, rate, normalizer],
            ["objective", "sharing", "epochs", "rule", "groups", "batch", "growth", "curvature", "context curvature", "training loss", "perplexity", "mean log Z"],
            (parsed, settings) =>
            {
                ObjectiveKind objective = parsed.GetValue(common.Objective);
                var own = new LanguageFlightSettings(settings, parsed.GetValue(batch), parsed.GetValue(curvature) is > 0 and float c ? c : (float)Curvature.Term(objective.Traits()), parsed.GetValue(context));
                var options = new LanguageModelOptions
                {
                    Device = FlightProvider.Device,
                    Objective = objective,
                    Normalizer = parsed.GetValue(normalizer),
                    K = parsed.GetValue(common.K),
                    NoiseSharing = parsed.GetValue(sharing),
                    NoiseSetSize = parsed.GetValue(set),
                    Epochs = parsed.GetValue(common.Epochs),
                    Seed = parsed.GetValue(common.Seed),
                    Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
                };
                if (parsed.GetValue(rate) > 0)
                    options = options with { LearningRate = parsed.GetValue(rate) };
                string cells = FormattableString.Invariant($"{options.Objective} | {options.NoiseSharing} | {options.Epochs} | {settings.Rule} | {settings.Groups} | {own.Batch} | {settings.Growth} | {own.Curvature} | {own.Context}");
                return new FlightRow(cells, () => Train(own, options, parsed.GetValue(common.Train)!, parsed.GetValue(common.Valid)!));
            });
    }

    private static string Train(LanguageFlightSettings settings, LanguageModelOptions options, string train, string valid)
    {
        var catalog = FlightProvider.Catalog(request => LanguageFlightBackend.Create(request, settings));
        using TrainedLanguageModel trained = new LanguageModelTrainer(options, catalog).Train(CorpusSource.FromPaths(train), null);
        using LanguageModel model = trained.Model;
        PerplexityResult result = PerplexityEvaluation.Run(model, valid);
        return FormattableString.Invariant($"{trained.Report.Epochs[^1].Loss:F4} | {result.Perplexity:F1} | {result.LogZSignedMean:F3}");
    }
}
