using NceFast.Backends;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Backends.Host.LanguageModels;

/// <summary>As k grows, the step of NCE approaches that of maximum likelihood (Mnih and Teh 2012, section 3.1).</summary>
public class NceLimitTests
{
    private static readonly long[] Counts = [500, 300, 120, 40, 20, 10, 6, 4, 100];

    [Fact]
    public void Cosine_to_the_likelihood_gradient_rises_with_k()
    {
        double[] exact = Step(ObjectiveKind.MaximumLikelihood, 1);
        double previous = 0;
        foreach (int k in new[] { 1, 4, 16, 256 })
        {
            double cosine = Cosine(exact, Step(ObjectiveKind.Nce, k));
            Assert.True(cosine > previous, $"{cosine} at k = {k}, {previous} before.");
            previous = cosine;
        }

        Assert.True(previous > 0.99, $"{previous} at k = 256.");
    }

    // Many noise words, each with the weight k / count: the gradient has almost no sampling noise.
    private static double[] Step(ObjectiveKind objective, int k)
    {
        var shape = new LanguageModelShape(Counts.Length, 6, 2, 0, PlaceWeightKind.Full, false, Counts.Length - 1, 7);
        var spec = new LanguageModelSpec
        {
            Shape = shape,
            Objective = objective,
            Normalizer = NormalizerKind.Fixed,
            K = k,
            NoiseSetSize = 400,
            Sharing = 1,
            Noise = NoiseDistribution.Create(NoiseKind.Uniform, Counts, 1),
            Batch = 512,
            PlaceRate = 1,
            Seed = 5,
        };
        using var parameters = new LanguageModelParameters(shape);
        parameters.Initialize(3, Counts, 0.2f);
        double[] before = LanguageReference.Flatten(parameters);
        using var block = new TokenBlock();
        for (int i = 0; i < 200; i++)
        {
            block.Add(i * i % 7);
            if (i % 9 == 8)
                block.EndSentence();
        }

        block.EndSentence();
        using var backend = new LanguageModelBackend(spec, parameters, 1);
        backend.Workers[0].Process(block, new BlockStep(0, 2e-3f));
        return [.. LanguageReference.Flatten(parameters).Zip(before, (a, b) => a - b)];
    }

    private static double Cosine(double[] a, double[] b)
    {
        double dot = a.Zip(b, (x, y) => x * y).Sum(), lengths = Math.Sqrt(a.Sum(x => x * x) * b.Sum(y => y * y));
        return dot / lengths;
    }
}
