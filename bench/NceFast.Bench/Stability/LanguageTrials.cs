using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Bench.Stability;

/// <summary>The combinations of settings for language models.</summary>
internal static class LanguageTrials
{
    // The matrices of a thousand places at dim 100 take hundreds of megabytes.
    private const int MostMatrixFloats = 1_000_000;

    public static IEnumerable<Trial> All(string text) =>
        from objective in ObjectiveTraits.KindsOf(ModelFamilies.LanguageModels)
        from position in Enum.GetValues<PlaceWeightKind>()
        from before in new[] { 1, 2, 5, 20, 100, 1000 }
        from dim in new[] { 8, 50 }
        where position != PlaceWeightKind.Full || before * dim * dim <= MostMatrixFloats
        from k in objective == ObjectiveKind.MaximumLikelihood ? [25] : new[] { 1, 25, 200 }
        from sharing in objective == ObjectiveKind.MaximumLikelihood ? [1] : new[] { 1, 12, 200, 5000 }
        from batch in new[] { 0, 8, 5000 }
        from threads in new[] { 1, 2, 16 }
        from factor in new[] { 1, 2 }
        let options = new LanguageModelOptions
        {
            Objective = objective,
            PlaceWeights = position,
            Before = before,
            K = k,
            NoiseSharing = sharing,
            Batch = batch,
            Threads = threads,
            Dim = dim,
            Epochs = 1,
            LearningRate = factor * (objective == ObjectiveKind.MaximumLikelihood ? 0.03 : 0.05),
            Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } },
        }
        select new Trial($"{objective} {position} context {before} sharing {sharing} k {k} batch {batch} threads {threads} dim {dim} rate {options.LearningRate}", () => Train(options, text));

    private static (double Loss, double Magnitude) Train(LanguageModelOptions options, string text)
    {
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(CorpusSource.FromPaths(text), null);
        return (trained.Report.Epochs[^1].Loss, Magnitudes.Largest(trained.Model.Parameters.Tables));
    }
}
