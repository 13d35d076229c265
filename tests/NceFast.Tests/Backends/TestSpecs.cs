using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Tests.Backends;

/// <summary>Small models and blocks for tests.</summary>
internal static class TestSpecs
{
    public static long[] Counts(int words) => [.. Enumerable.Range(1, words).Select(rank => Math.Max(1, 100_000L / rank))];

    public static WordVectorSpec Create(
        int words,
        int dim,
        ModelKind model = ModelKind.SkipGram,
        ObjectiveKind objective = ObjectiveKind.Neg,
        NormalizerKind normalizer = NormalizerKind.Fixed,
        int k = 5,
        int sharing = 16,
        double subsample = 0,
        bool dropTargets = false,
        double logZ = 0,
        NoiseKind kind = NoiseKind.Unigram,
        ulong seed = 42,
        WindowDrawKind windowDraw = WindowDrawKind.Uniform,
        bool adaGrad = false)
    {
        NoiseDistribution noise = NoiseDistribution.Create(kind, Counts(words), 0.75);
        return new WordVectorSpec
        {
            Model = model,
            Objective = objective,
            Normalizer = normalizer,
            LogZ = (float)logZ,
            Words = words,
            Dim = dim,
            Window = 5,
            WindowDraw = windowDraw,
            K = k,
            Sharing = sharing,
            DropTargetNoise = dropTargets,
            AdaGrad = adaGrad,
            KeepLimits = Subsampling.KeepLimits(Counts(words), subsample),
            Noise = noise,
            LogKNoise = noise.LogKTimesProbability(k),
            Seed = seed,
        };
    }

    /// <summary>Bigram noise in which some words have many successors, some few and some none.</summary>
    public static BigramNoise Bigrams(long[] counts)
    {
        int words = counts.Length;
        var selection = new BigramSelection(words + 1, long.MaxValue);
        for (int u = 0; u <= words; u++)
        {
            for (int w = u % 3; w < words && u % 5 != 4; w += 1 + (u % 4))
                selection.Add(u, w, 1 + ((u + (3 * w)) % 11));
        }

        return new BigramNoise(selection.ToCounts(), NoiseDistribution.Create(NoiseKind.Unigram, counts, 1), 0.9);
    }

    /// <summary>A block of sentences of given lengths with words drawn at random.</summary>
    public static TokenBlock Block(int words, int[] lengths, int seed = 1)
    {
        var random = new Random(seed);
        var block = new TokenBlock { Number = (ulong)seed };
        foreach (int length in lengths)
        {
            for (int i = 0; i < length; i++)
                block.Add((int)(words * Math.Pow(random.NextDouble(), 3)));
            block.EndSentence();
        }

        block.Words = block.Count;
        return block;
    }
}
