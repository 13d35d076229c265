using NceFast.Backends;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Kernels.LanguageModels;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>
/// Trains language models with many thread blocks in flight, as a GPU does. These are the tests of the suite that depend on it: all
/// others compare one group at a time with the scalar kernels.
/// </summary>
[Collection("accelerators")]
public sealed class EmulatedCudaLanguageModelFlightTests
{
    [Theory]
    [InlineData(64, ObjectiveKind.Nce, 1)]
    [InlineData(64, ObjectiveKind.Nce, 8)]
    [InlineData(1296, ObjectiveKind.Nce, 1)]
    [InlineData(1296, ObjectiveKind.Nce, 8)]
    public void The_loss_falls_as_on_the_host(int blocks, ObjectiveKind objective, int sharing)
    {
        using var suite = new Suite(blocks);
        suite.The_loss_falls_as_on_the_host(objective, sharing);
    }

    [Theory]
    [InlineData(64, ObjectiveKind.ImportanceSampling, 1, NormalizerKind.Fixed, false)]
    [InlineData(1296, ObjectiveKind.RankingNce, 1, NormalizerKind.Fixed, false)]
    [InlineData(1296, ObjectiveKind.RankingNce, 8, NormalizerKind.Fixed, true)]
    [InlineData(1296, ObjectiveKind.Nce, 1, NormalizerKind.Learned, false)]
    [InlineData(64, ObjectiveKind.Nce, 8, NormalizerKind.Learned, false)]
    [InlineData(64, ObjectiveKind.Nce, 1, NormalizerKind.PerContext, false)]
    [InlineData(1296, ObjectiveKind.Nce, 1, NormalizerKind.Fixed, true)]
    public void The_loss_falls_as_on_the_host_with_each_option(int blocks, ObjectiveKind objective, int sharing, NormalizerKind normalizer, bool adaGrad)
    {
        using var suite = new Suite(blocks);
        suite.The_loss_falls_as_on_the_host_with_each_option(objective, sharing, normalizer, adaGrad);
    }

    [Theory]
    [InlineData(64, 8)]
    [InlineData(1296, 1)]
    [InlineData(1296, 8)]
    public void The_loss_with_bigram_noise_falls_as_on_the_host(int blocks, int sharing)
    {
        using var suite = new Suite(blocks);
        suite.The_loss_with_bigram_noise_falls_as_on_the_host(sharing);
    }

    [Theory]
    [InlineData(64, PlaceWeightKind.Full, ObjectiveKind.MaximumLikelihood, 1)]
    [InlineData(1296, PlaceWeightKind.Diagonal, ObjectiveKind.MaximumLikelihood, 1)]
    [InlineData(1296, PlaceWeightKind.Full, ObjectiveKind.Nce, 4)]
    [InlineData(1296, PlaceWeightKind.Full, ObjectiveKind.RankingNce, 4)]
    public void Updates_equal_the_scalar_ones(int blocks, PlaceWeightKind place, ObjectiveKind objective, int sharing)
    {
        using var suite = new Suite(blocks);
        suite.Updates_equal_the_scalar_ones(place, objective, sharing);
    }

    /// <summary>At a tiny rate the order of the steps is of no account: what 256 groups change at once is the sum of their changes.</summary>
    [Theory]
    [InlineData(64, false)]
    [InlineData(1296, false)]
    [InlineData(1296, true)]
    public void Changes_made_at_once_add_up(int blocks, bool bigrams)
    {
        const float Rate = 1e-5f;
        EmulatedDriver.Start(EmulatedOptions.InFlight(blocks));
        LanguageModelSpec spec = Spec(bigrams);
        using LanguageModelParameters before = Start(spec), expected = Start(spec), actual = Start(spec);
        using TokenBlock block = Text();
        using var host = new LanguageModelBackend(spec, expected, 1, "scalar");
        using (IBackend device = EmulatedDriver.Provider.Create(EmulatedDriver.Provider.Devices().First(), new BackendRequest(spec, actual, 1, Rate, null)))
        {
            ((AcceleratorLanguageModelBackend)device).Clock.Trained = long.MaxValue / 2;
            host.Workers[0].Process(block, new BlockStep(0, Rate));
            device.Workers[0].Process(block, new BlockStep(0, Rate));
            device.Synchronize();
        }

        EmulatedDriver.Stop();
        // Bigram noise repeats words within a prediction. The device adds up their steps before it rounds them to a bias, and the host rounds each.
        SumsOfChanges.Equal(4e-4, bigrams ? ["target"] : ["target", "bias", "log-z"], before, expected, actual);
    }

    private static LanguageModelSpec Spec(bool bigrams) => new()
    {
        Shape = new LanguageModelShape(21, 16, 2, 0, PlaceWeightKind.None, false, 20, 1),
        Objective = ObjectiveKind.Nce,
        Normalizer = NormalizerKind.Learned,
        K = 8,
        NoiseSetSize = 8,
        Sharing = 1,
        Noise = NoiseDistribution.Create(NoiseKind.Unigram, TestSpecs.Counts(21), 1),
        Bigrams = bigrams ? TestSpecs.Bigrams(TestSpecs.Counts(21)) : null,
        Batch = 256,
        PlaceRate = 0.01f,
        Seed = 11,
    };

    private static LanguageModelParameters Start(LanguageModelSpec spec)
    {
        var parameters = new LanguageModelParameters(spec.Shape);
        parameters.Initialize(7, TestSpecs.Counts(spec.Shape.Words), 0.5f);
        return parameters;
    }

    private static TokenBlock Text()
    {
        var block = new TokenBlock { Number = 3 };
        for (int i = 0; i < 255; i++)
            block.Add(i * i % 19);
        block.EndSentence();
        return block;
    }

    private sealed class Suite(int blocks) : EmulatedCudaLanguageModelConformance(blocks);
}
