using System.Diagnostics;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Bench.Ladder;

/// <summary>The result of a rung.</summary>
/// <param name="WordsPerSecond">The rate of the best repetition.</param>
/// <param name="Description">The description of the backend.</param>
internal sealed record RungResult(double WordsPerSecond, string Description);

/// <summary>Represents a version of the training kernel, or the host, which trains on a block of Zipf-distributed words.</summary>
/// <param name="Name">The name in tables.</param>
/// <param name="Spec">The model.</param>
/// <param name="Create">Creates the backend.</param>
internal sealed record LadderRung(string Name, WordVectorSpec Spec, Func<BackendRequest, IBackend> Create)
{
    /// <summary>The largest number of words in the block.</summary>
    public const int MaxTokens = TokenBlock.Capacity;

    private const int Words = 30_000;
    private const float Rate = 0.025f;

    /// <summary>Creates the rungs of a device: the host, the plain kernel with separate and with shared noise, and the register kernel.</summary>
    /// <param name="device">The name of the device.</param>
    /// <param name="dim">The number of floats per vector.</param>
    public static IEnumerable<LadderRung> Of(string device, int dim)
    {
        foreach (ModelKind model in new[] { ModelKind.SkipGram, ModelKind.Cbow })
        {
            WordVectorSpec shared = SpecOf(model, dim, sharing: 16);
            yield return Host(shared);
            if (model == ModelKind.SkipGram)
                yield return new LadderRung("plain, own noise", SpecOf(model, dim, sharing: 1), request => AcceleratorProvider.Create(device, request, plain: true));
            yield return new LadderRung("plain, shared noise", shared, request => AcceleratorProvider.Create(device, request, plain: true));
            yield return new LadderRung("register", shared, request => AcceleratorProvider.Create(device, request, plain: false));
        }
    }

    /// <summary>Creates the rung of one thread of the processor.</summary>
    public static LadderRung Host(WordVectorSpec spec) => new("host", spec, request => BackendCatalog.Default.Create("host", request));

    /// <summary>Creates the specification of a model with NCE, five noise words and a window of five words.</summary>
    /// <param name="model">The model.</param>
    /// <param name="dim">The number of floats per vector.</param>
    /// <param name="sharing">The number of positions that share a noise set.</param>
    public static WordVectorSpec SpecOf(ModelKind model, int dim, int sharing)
    {
        NoiseDistribution noise = NoiseDistribution.Create(NoiseKind.Unigram, Counts(), 0.75);
        return new WordVectorSpec
        {
            Model = model,
            Objective = ObjectiveKind.Nce,
            Normalizer = NormalizerKind.Fixed,
            LogZ = 0,
            Words = Words,
            Dim = dim,
            Window = 5,
            K = 5,
            Sharing = sharing,
            DropTargetNoise = false,
            KeepLimits = Subsampling.KeepLimits(Counts(), 0),
            Noise = noise,
            LogKNoise = noise.LogKTimesProbability(5),
            Seed = 1,
        };
    }

    /// <summary>Measures the rate of one worker. Words that subsampling would remove are kept.</summary>
    /// <param name="tokens">The number of words in the block.</param>
    /// <param name="seconds">The time after which no repetition begins. There are at least <paramref name="least"/> repetitions and at most 20.</param>
    /// <param name="least">The least number of repetitions, after one that compiles the code.</param>
    public RungResult Measure(int tokens, double seconds, int least)
    {
        using var parameters = new WordVectorParameters(Spec);
        parameters.Initialize(Spec.Seed, Counts());
        using IBackend backend = Create(new BackendRequest(Spec, parameters, 1, Rate, null));
        using TokenBlock block = Block(tokens);
        backend.Workers[0].Process(block, new BlockStep(0, Rate)); // compiles the code before it is timed
        double best = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int run = 0; run < least || (run < 20 && total.Elapsed.TotalSeconds < seconds); run++)
        {
            var watch = Stopwatch.StartNew();
            backend.Workers[0].Process(block, new BlockStep(run + 1, Rate));
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return new RungResult(tokens / best, backend.Description);
    }

    private static long[] Counts() => [.. Enumerable.Range(1, Words).Select(rank => Math.Max(1, 10_000_000L / rank))];

    private static TokenBlock Block(int tokens)
    {
        var random = new Random(1);
        var block = new TokenBlock();
        for (int i = 0; i < tokens; i++)
        {
            block.Add((int)(Words * Math.Pow(random.NextDouble(), 4)));
            if (i % 500 == 499)
                block.EndSentence();
        }

        block.EndSentence();
        return block;
    }
}
