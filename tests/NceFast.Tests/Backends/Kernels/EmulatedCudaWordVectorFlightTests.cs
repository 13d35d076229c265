using NceFast.Backends;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Trains word vectors with many thread blocks in flight, as a GPU does.</summary>
[Collection("accelerators")]
public sealed class EmulatedCudaWordVectorFlightTests
{
    [Theory]
    [InlineData(64, ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(1296, ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(1296, ModelKind.Cbow, ObjectiveKind.RankingNce)]
    public void The_loss_falls_as_on_the_host(int blocks, ModelKind model, ObjectiveKind objective)
    {
        using var suite = new Suite(blocks);
        suite.The_loss_falls_as_on_the_host(model, objective);
    }

    [Theory]
    [InlineData(1296, ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(1296, ModelKind.Cbow, ObjectiveKind.Nce)]
    public void The_loss_falls_as_on_the_host_with_AdaGrad(int blocks, ModelKind model, ObjectiveKind objective)
    {
        using var suite = new Suite(blocks);
        suite.The_loss_falls_as_on_the_host_with_AdaGrad(model, objective);
    }

    /// <summary>At a tiny rate the weights are 1, and the order of the steps is of no account: what all groups change at once is the sum of their changes.</summary>
    [Theory]
    [InlineData(64, ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(1296, ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(1296, ModelKind.Cbow, ObjectiveKind.Nce)]
    [InlineData(1296, ModelKind.SkipGram, ObjectiveKind.RankingNce)]
    [InlineData(64, ModelKind.Cbow, ObjectiveKind.RankingNce)]
    public void Changes_made_at_once_add_up(int blocks, ModelKind model, ObjectiveKind objective)
    {
        const float Rate = 1e-5f;
        EmulatedDriver.Start(EmulatedOptions.InFlight(blocks));
        WordVectorSpec spec = TestSpecs.Create(40, 16, model, objective);
        using WordVectorParameters before = Start(spec), expected = Start(spec), actual = Start(spec);
        using TokenBlock block = Text();
        using var host = new WordVectorBackend(spec, expected, 1, Rate, "scalar");
        using (IBackend device = EmulatedDriver.Provider.Create(EmulatedDriver.Provider.Devices().First(), new BackendRequest(spec, actual, 1, Rate, null)))
        {
            ((AcceleratorWordVectorBackend)device).Clock.Trained = long.MaxValue / 2;
            host.Workers[0].Process(block, new BlockStep(0, Rate));
            device.Workers[0].Process(block, new BlockStep(0, Rate));
            device.Synchronize();
        }

        EmulatedDriver.Stop();
        SumsOfChanges.Equal(1e-3, ["input", "output", "offset"], before, expected, actual);
    }

    private static WordVectorParameters Start(WordVectorSpec spec)
    {
        var parameters = new WordVectorParameters(spec);
        parameters.Initialize(7, TestSpecs.Counts(spec.Words));
        var random = new Random(5);
        for (int w = 0; w < spec.Words; w++)
        {
            for (int c = 0; c < spec.Dim; c++)
                (parameters.Input.Row(w)[c], parameters.Output.Row(w)[c]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
        }

        return parameters;
    }

    private static TokenBlock Text()
    {
        var block = new TokenBlock { Number = 3 };
        var random = new Random(3);
        for (int sentence = 0; sentence < 30; sentence++)
        {
            for (int i = 0; i < 30; i++)
                block.Add(random.Next(40));
            block.EndSentence();
        }

        return block;
    }

    private sealed class Suite(int blocks) : EmulatedCudaWordVectorConformance(plain: false, blocks);
}
