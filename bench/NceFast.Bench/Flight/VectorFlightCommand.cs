using System.CommandLine;
using System.Diagnostics;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Bench.Flight;

/// <summary>Trains word vectors as a device with many groups in flight does, and prints the loss of a validation text.</summary>
internal static class VectorFlightCommand
{
    private const string Alternate = "alternate", NoiseFirst = "noise-first";

    public static Command Create()
    {
        var common = new FlightOptions([1, 1584], k: 5, PullLimits.SetsInFlight, "Sets");
        var model = new Option<ModelKind>("--model") { DefaultValueFactory = _ => ModelKind.SkipGram, Description = "The model." };
        var dim = new Option<int>("--dim") { DefaultValueFactory = _ => 100, Description = "Floats per vector." };
        var subsample = new Option<double>("--subsample") { DefaultValueFactory = _ => 1e-4, Description = "Frequency above which words are dropped at random." };
        var order = new Option<string>("--order") { DefaultValueFactory = _ => Alternate, Description = "Order of noise and observed words in a set." };
        order.AcceptOnlyFromAmong(Alternate, NoiseFirst);
        var blocks = new Option<int>("--blocks-per-launch") { DefaultValueFactory = _ => 1, Description = "Blocks of words per launch. A launch ends before the next begins." };
        blocks.Validators.Add(result => FlightOptions.RequirePositive(result, [result.GetValue(blocks)]));
        var similarity = new Option<string>("--similarity") { Description = "Table of word pairs and human scores." };
        var analogies = new Option<string>("--analogies") { Description = "Questions of analogies." };
        return common.Create(
            "flight",
            "Trains word vectors as a device with many groups in flight does, and prints a table.",
            [model, dim, subsample, order, blocks, similarity, analogies],
            ["model", "objective", "epochs", "dim", "k", "subsample", "rule", "order", "blocks per launch", "groups", "growth", "training loss", "validation loss", "similarity, %", "analogies, %", "seconds"],
            (parsed, settings) =>
            {
                var own = new VectorFlightSettings(settings, parsed.GetValue(order) == NoiseFirst, parsed.GetValue(blocks));
                var options = new WordVectorOptions
                {
                    Device = FlightProvider.Device,
                    Model = parsed.GetValue(model),
                    Objective = parsed.GetValue(common.Objective),
                    Dim = parsed.GetValue(dim),
                    K = parsed.GetValue(common.K),
                    Epochs = parsed.GetValue(common.Epochs),
                    Subsample = parsed.GetValue(subsample),
                    Seed = parsed.GetValue(common.Seed),
                };
                string cells = FormattableString.Invariant($"{options.Model} | {options.Objective} | {options.Epochs} | {options.Dim} | {options.K} | {options.Subsample} | {settings.Rule} | {parsed.GetValue(order)} | {own.BlocksPerLaunch} | {settings.Groups} | {settings.Growth}");
                return new FlightRow(cells, () => Train(own, options, parsed.GetValue(common.Train)!, parsed.GetValue(common.Valid)!, parsed.GetValue(similarity), parsed.GetValue(analogies)));
            });
    }

    private static string Train(VectorFlightSettings settings, WordVectorOptions options, string train, string valid, string? similarity, string? analogies)
    {
        var catalog = FlightProvider.Catalog(request => new VectorFlightBackend((WordVectorSpec)request.Spec, (WordVectorParameters)request.Parameters, settings));
        var watch = Stopwatch.StartNew();
        using TrainedVectors trained = new WordVectorTrainer(options, catalog).Train(CorpusSource.FromPaths(train));
        double seconds = watch.Elapsed.TotalSeconds, loss = VectorFlightLoss.Of(options.ToSpec(trained.Vocabulary.Counts), trained, valid);
        WordVectors vectors = trained.GetVectors();
        string pairs = similarity is null ? "" : FormattableString.Invariant($"{100 * SimilarityEvaluation.Run(vectors, similarity).Spearman:F1}");
        string questions = analogies is null ? "" : FormattableString.Invariant($"{100 * AnalogyEvaluation.Run(vectors, analogies).All.Accuracy:F1}");
        return FormattableString.Invariant($"{trained.Report.Loss:F4} | {loss:F4} | {pairs} | {questions} | {seconds:F0}");
    }
}
