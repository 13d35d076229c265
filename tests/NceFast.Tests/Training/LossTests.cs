using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>The loss is the mean over all predictions, summed in double, and does not depend on the number of threads.</summary>
public sealed class LossTests
{
    // The rate is so small that no change of a parameter shows in the loss.
    private const double NoLearning = 1e-8;

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    public void Loss_of_word_vectors_does_not_depend_on_threads(ModelKind model, ObjectiveKind objective)
    {
        double[] losses = [.. new[] { 1, 2, 5 }.Select(threads => Loss(model, objective, threads))];
        Assert.All(losses, loss => Assert.Equal(losses[0], loss, losses[0] * 1e-7));
        Assert.True(losses[0] > 0.1);
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce)]
    [InlineData(ObjectiveKind.Neg)]
    [InlineData(ObjectiveKind.MaximumLikelihood)]
    [InlineData(ObjectiveKind.ImportanceSampling)]
    [InlineData(ObjectiveKind.RankingNce)]
    public void Loss_of_language_models_does_not_depend_on_threads(ObjectiveKind objective)
    {
        double[] losses = [.. new[] { 1, 2, 5 }.Select(threads => LanguageLoss(objective, threads))];
        Assert.All(losses, loss => Assert.Equal(losses[0], loss, Math.Abs(losses[0]) * 1e-6));
    }

    // An untrained model of negative sampling has the score 0 everywhere, which is a loss of (1 + k) log 2 per prediction.
    [Fact]
    public void Loss_is_a_sum_over_noise_and_a_mean_over_predictions()
    {
        double loss = Loss(ModelKind.SkipGram, ObjectiveKind.Neg, threads: 2);
        Assert.InRange(loss, 4.5 * Math.Log(2), 6.01 * Math.Log(2)); // noise words equal to the target are left out
    }

    private static double Loss(ModelKind model, ObjectiveKind objective, int threads)
    {
        var options = new WordVectorOptions { Model = model, Objective = objective, Dim = 8, Epochs = 1, LearningRate = NoLearning, Subsample = 0, Threads = threads };
        using TrainedVectors trained = new WordVectorTrainer(options).Train(Text());
        return trained.Report.Loss;
    }

    private static double LanguageLoss(ObjectiveKind objective, int threads)
    {
        var options = new LanguageModelOptions { Objective = objective, Dim = 8, K = 5, Epochs = 1, LearningRate = NoLearning, Threads = threads, WeightDecay = 0 };
        using TrainedLanguageModel trained = new LanguageModelTrainer(options).Train(Text(), null);
        TrainingReport report = trained.Report;
        return report.Epochs[0].Loss;
    }

    private static CorpusSource Text() => new SyntheticCorpus(classes: 6, wordsPerClass: 20, words: 150_000).ToSource();
}
