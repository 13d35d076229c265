using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Evaluation;

/// <summary>Tests the evaluation on models that are made by hand, and then compares models trained by NCE with the truth.</summary>
public sealed class ConditionalEvaluationTests
{
    private static readonly SyntheticCorpus Small = new(classes: 6, wordsPerClass: 4, words: 100_000);
    private static readonly SyntheticCorpus Text = new(classes: 10, wordsPerClass: 30, words: 300_000);

    [Fact]
    public void True_parameters_have_no_gap_and_no_error_of_log_z()
    {
        (Vocabulary vocabulary, WordVectorParameters parameters) = Handmade(knowsClasses: true);
        using (parameters)
        {
            ConditionalResult result = ConditionalEvaluation.Run(vocabulary, parameters, Small);
            Assert.Equal(0, result.Gap, 1e-5);
            Assert.Equal(0, result.LogZLargestError, 1e-5);

            parameters.LogZ[0] = 0.5f;
            result = ConditionalEvaluation.Run(vocabulary, parameters, Small);
            Assert.Equal(Small.ConditionalEntropy + 0.5, result.UnnormalizedCrossEntropy, 1e-5);
            Assert.Equal(-0.5, result.LogZBias, 1e-5);
            Assert.Equal(0, result.LogZDeviation, 1e-3);
            Assert.Equal(0.5, result.LogZLargestError, 1e-5);
        }
    }

    [Fact]
    public void Frequencies_alone_have_the_mutual_information_as_gap()
    {
        (Vocabulary vocabulary, WordVectorParameters parameters) = Handmade(knowsClasses: false);
        using (parameters)
            Assert.Equal(Small.MutualInformation, ConditionalEvaluation.Run(vocabulary, parameters, Small).Gap, 1e-5);
    }

    [Fact]
    public void Word_without_vector_is_named()
    {
        using TrainedVectors model = Train(Small, new WordVectorOptions { Epochs = 1, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1, MaxVocab = 10 } } });
        Assert.Equal(ErrorKind.Input, Assert.Throws<NceFastException>(() => ConditionalEvaluation.Run(model.Vocabulary, model.Parameters, Small)).Kind);
    }

    [Fact]
    public void Nce_approaches_the_true_distribution_and_more_noise_brings_it_nearer()
    {
        // Trains for one epoch only. Over six seeds, the gap of k = 25 is 0.46 to 0.58 of the gap of k = 1. The ratio is 0.78
        // after two epochs and 1.04 after five, because both then reach what such a small text allows. Training one epoch on
        // five times as much text halves the gap and gives a ratio of 0.77.
        double few = Gap(new WordVectorOptions { K = 1, NoiseSharing = 1, Epochs = 1 }).Gap;
        double many = Gap(new WordVectorOptions { K = 25, NoiseSharing = 1, Epochs = 1 }).Gap;
        Assert.True(few < Text.MutualInformation / 10, $"k = 1: {few}");
        Assert.True(many < 0.02, $"k = 25: {many}");
        Assert.True(many < few * 0.8, $"k = 25: {many}, k = 1: {few}");
    }

    [Fact]
    public void Shared_noise_has_the_same_optimum()
    {
        ConditionalResult result = Gap(new WordVectorOptions { K = 25, NoiseSharing = 16 });
        Assert.True(result.Gap < 0.02, $"{result}");
    }

    [Theory]
    [InlineData(NormalizerKind.Learned, 1)]
    [InlineData(NormalizerKind.Learned, 16)]
    [InlineData(NormalizerKind.PerContext, 1)]
    [InlineData(NormalizerKind.PerContext, 16)]
    public void Learned_log_z_comes_near_the_exact_one(NormalizerKind kind, int sharing)
    {
        ConditionalResult result = Gap(new WordVectorOptions { K = 10, Normalizer = kind, LogZ = 1.5, NoiseSharing = sharing });
        Assert.True(result.Gap < 0.04, $"{result}");
        Assert.True(Math.Abs(result.LogZBias) < 0.05 && result.LogZDeviation < 0.1, $"{result}");
    }

    private static ConditionalResult Gap(WordVectorOptions options)
    {
        using TrainedVectors model = Train(Text, options);
        return ConditionalEvaluation.Run(model.Vocabulary, model.Parameters, Text);
    }

    private static TrainedVectors Train(SyntheticCorpus corpus, WordVectorOptions options)
    {
        options = options with { Dim = 24, Window = 1, Subsample = 0, NoisePower = 1, Threads = 1 };
        if (options.Corpus.Vocabulary.MinCount > 1)
            options = options with { Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } } };
        return new WordVectorTrainer(options).Train(corpus.ToSource());
    }

    // Input vectors encode the class, output vectors contain log(P(w | class) / P(w)), and biases contain log P(w).
    private static (Vocabulary Vocabulary, WordVectorParameters Parameters) Handmade(bool knowsClasses)
    {
        using TrainedVectors any = Train(Small, new WordVectorOptions { Epochs = 1 });
        WordVectorSpec spec = new WordVectorOptions { Dim = Small.Classes }.ToSpec(any.Vocabulary.Counts);
        var parameters = new WordVectorParameters(spec);
        for (int w = 0; w < Small.DistinctWords; w++)
        {
            int id = any.Vocabulary.Find(Small.TextOf(w));
            parameters.SetBias(id, (float)Math.Log(Small.Probability(w)));
            parameters.Input.Row(id)[Small.ClassOf(w)] = knowsClasses ? 1 : 0;
            for (int z = 0; z < Small.Classes; z++)
                parameters.Output.Row(id)[z] = (float)(Small.LogProbability(w, z * Small.WordsPerClass) - Math.Log(Small.Probability(w)));
        }

        return (any.Vocabulary, parameters);
    }
}
