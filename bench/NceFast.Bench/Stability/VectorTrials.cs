using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using NceFast.Vocab;

namespace NceFast.Bench.Stability;

/// <summary>The combinations of settings for word vectors.</summary>
internal static class VectorTrials
{
    // The time for separate noise is proportional to window times k.
    private const int MostOwnNoise = 2_000;

    public static IEnumerable<Trial> All(string text) =>
        from model in Enum.GetValues<ModelKind>()
        from objective in ObjectiveTraits.KindsOf(ModelFamilies.WordVectors)
        from normalizer in objective == ObjectiveKind.Nce ? Enum.GetValues<NormalizerKind>() : [NormalizerKind.Fixed]
        from window in new[] { 1, 5, 10, 20, 50, 200, 1000 }
        from sharing in new[] { 1, 4, 16, 64, 1024 }
        from k in new[] { 1, 5, 25, 100, 1000 }
        where sharing > 1 || window * k <= MostOwnNoise
        from threads in new[] { 1, 2, 8, 16 }
        from dim in new[] { 8, 100 }
        from factor in new[] { 1, 2 }
        let options = new WordVectorOptions
        {
            Model = model,
            Objective = objective,
            Normalizer = normalizer,
            Window = window,
            NoiseSharing = sharing,
            K = k,
            Threads = threads,
            Dim = dim,
            Epochs = 1,
            LearningRate = factor * (model == ModelKind.Cbow ? 0.1 : objective == ObjectiveKind.Nce ? 0.04 : 0.06),
            Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 2 } },
        }
        select new Trial($"{model} {objective} {normalizer} window {window} sharing {sharing} k {k} threads {threads} dim {dim} rate {options.LearningRate}", () => Train(options, text));

    private static (double Loss, double Magnitude) Train(WordVectorOptions options, string text)
    {
        using TrainedVectors model = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(text));
        return (model.Report.Loss, Magnitudes.Largest(model.Parameters.Tables));
    }
}
