using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Backends.Host.LanguageModels;

/// <summary>Compares the updates of the workers with derivatives of a loss in double precision.</summary>
public class LanguageModelWorkerTests
{
    private const float Rate = 1e-3f;

    public static TheoryData<PlaceWeightKind, ObjectiveKind, bool, int> Forms()
    {
        var data = new TheoryData<PlaceWeightKind, ObjectiveKind, bool, int>();
        foreach (PlaceWeightKind position in Enum.GetValues<PlaceWeightKind>())
        {
            foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.LanguageModels))
            {
                data.Add(position, objective, false, 1);
                data.Add(position, objective, true, 1);
                if (objective != ObjectiveKind.MaximumLikelihood)
                    data.Add(position, objective, false, 3);
            }
        }

        return data;
    }

    [Theory, MemberData(nameof(Forms))]
    public void Updates_are_minus_rate_times_finite_differences(PlaceWeightKind position, ObjectiveKind objective, bool sharedRows, int sharing) =>
        Check(Spec(position, objective, sharedRows, sharing, 0, NormalizerKind.Fixed), 0);

    [Theory]
    [InlineData(NormalizerKind.Learned, 1)]
    [InlineData(NormalizerKind.PerContext, 1)]
    [InlineData(NormalizerKind.PerContext, 2)]
    public void Normalisers_follow_the_gradient(NormalizerKind normalizer, int after) =>
        Check(Spec(PlaceWeightKind.Diagonal, ObjectiveKind.Nce, false, 1, 0, normalizer, after), after);

    [Theory]
    [InlineData(ObjectiveKind.MaximumLikelihood)]
    [InlineData(ObjectiveKind.ImportanceSampling)]
    [InlineData(ObjectiveKind.RankingNce)]
    public void Penalty_on_log_z_follows_the_gradient(ObjectiveKind objective) =>
        Check(Spec(PlaceWeightKind.Full, objective, false, 1, 0.3f, NormalizerKind.Fixed), 0);

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1)]
    [InlineData(ObjectiveKind.Nce, 4)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1)]
    [InlineData(ObjectiveKind.ImportanceSampling, 4)]
    [InlineData(ObjectiveKind.RankingNce, 1)]
    [InlineData(ObjectiveKind.RankingNce, 4)]
    public void A_width_trains_as_the_scalar_specification_does(ObjectiveKind objective, int sharing)
    {
        LanguageModelSpec spec = Spec(PlaceWeightKind.Full, objective, false, sharing, 0, NormalizerKind.Fixed, batch: 8, dim: 20);
        double[] expected = Train(spec, "scalar", Block(60));
        foreach (string name in HostKernelCatalog.Usable)
        {
            double[] actual = Train(spec, name, Block(60));
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], 2e-4);
        }
    }

    [Fact]
    public void One_thread_trains_the_same_bits_again()
    {
        LanguageModelSpec spec = Spec(PlaceWeightKind.Full, ObjectiveKind.Nce, false, 4, 0, NormalizerKind.Learned, batch: 8);
        Assert.Equal(Train(spec, null, Block(60)), Train(spec, null, Block(60)));
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce)]
    [InlineData(ObjectiveKind.MaximumLikelihood)]
    public void Batches_are_sums_of_their_predictions(ObjectiveKind objective)
    {
        // If no row repeats, the context update of a batch equals that of its predictions one by one.
        LanguageModelSpec together = Spec(PlaceWeightKind.None, objective, false, 1, 0, NormalizerKind.Fixed, batch: 64);
        LanguageModelSpec alone = Spec(PlaceWeightKind.None, objective, false, 1, 0, NormalizerKind.Fixed, batch: 1);
        (double whole, double parts) = (FirstLoss(together, Block(12)), FirstLoss(alone, Block(12)));
        if (objective == ObjectiveKind.MaximumLikelihood) // there is no noise, so only the steps in between differ
            Assert.Equal(whole, parts, 0.02 * whole);
        else
            Assert.InRange(whole / parts, 0.5, 2);
    }

    // All predictions of one block in one batch, so that gradients are taken at the parameters of the start.
    private static void Check(LanguageModelSpec spec, int after)
    {
        using var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        parameters.Initialize(7, Counts, 0.5f);
        using TokenBlock block = Block(after > 0 ? 5 : 4);
        var plan = new LanguageModelPlan(spec.Shape);
        plan.Prepare(block);
        var reference = new LanguageReference(spec.Shape, spec.NormalizerRows);
        double[] before = LanguageReference.Flatten(parameters);
        int[] noise = Noise(spec, block, plan.Targets.Length);
        BlockResult result = Run(spec, parameters, block, "scalar");
        double[] step = [.. LanguageReference.Flatten(parameters).Zip(before, (a, b) => (a - b) / Rate)];
        double expectedLoss = Loss(before, includeDecay: false);
        Assert.Equal(expectedLoss, result.Loss, 0.02 * Math.Abs(expectedLoss));

        double largest = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (step[i] == 0 && i >= reference.LogZAt(0))
                continue;
            double kept = before[i];
            before[i] = kept + 1e-5;
            double high = Loss(before, includeDecay: true);
            before[i] = kept - 1e-5;
            double expected = -(high - Loss(before, includeDecay: true)) / 2e-5;
            before[i] = kept;
            bool fixedZ = i >= reference.LogZAt(0) && (spec.Objective != ObjectiveKind.Nce || spec.Normalizer == NormalizerKind.Fixed);
            largest = Math.Max(largest, Math.Abs(expected));
            Assert.True(Math.Abs((fixedZ ? 0 : expected) - step[i]) < 0.01 + (0.02 * Math.Abs(expected)), $"parameter {i}: {expected} expected, {step[i]} done.");
        }

        Assert.True(largest > 0.1);

        double Loss(double[] p, bool includeDecay)
        {
            double sum = 0;
            LanguageModelSpec used = includeDecay ? spec : WithoutDecay(spec);
            for (int b = 0; b < plan.Targets.Length; b++)
                sum += reference.Loss(p, used, plan.Stream, plan.Targets[b], noise.AsSpan(b / spec.Sharing * spec.NoiseSetSize, spec.NoiseSetSize));
            return sum;
        }
    }

    private static int[] Noise(LanguageModelSpec spec, TokenBlock block, int predictions)
    {
        var noise = new int[(predictions + spec.Sharing - 1) / spec.Sharing * spec.NoiseSetSize];
        var draws = new uint[((2 * noise.Length) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile];
        LanguageModelPlan.DrawNoise(spec, 0, block.Number, 0, draws, noise);
        return noise;
    }

    private static double FirstLoss(LanguageModelSpec spec, TokenBlock block)
    {
        using var parameters = new LanguageModelParameters(spec.Shape, 1, spec.AdaGrad);
        parameters.Initialize(7, Counts, 0.1f);
        return Run(spec, parameters, block, null).Loss;
    }

    private static double[] Train(LanguageModelSpec spec, string? kernels, TokenBlock block)
    {
        using var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        parameters.Initialize(7, Counts, 0.3f);
        Run(spec, parameters, block, kernels, 0.05f);
        return LanguageReference.Flatten(parameters);
    }

    private static BlockResult Run(LanguageModelSpec spec, LanguageModelParameters parameters, TokenBlock block, string? kernels, float rate = Rate)
    {
        using var backend = new LanguageModelBackend(spec, parameters, 1, kernels);
        return backend.Workers[0].Process(block, new BlockStep(0, rate));
    }

    private static readonly long[] Counts = [50, 30, 20, 12, 9, 7, 5, 3, 20];

    private static TokenBlock Block(int words)
    {
        var block = new TokenBlock();
        for (int i = 0; i < words; i++)
        {
            block.Add((i * i + (3 * i)) % 8);
            if (i % 7 == 2)
                block.EndSentence();
        }

        block.EndSentence();
        return block;
    }

    private static LanguageModelSpec Spec(
        PlaceWeightKind position, ObjectiveKind objective, bool sharedRows, int sharing, float penalty, NormalizerKind normalizer, int after = 0, int batch = 16, int dim = 5) => new()
        {
            Shape = new LanguageModelShape(Counts.Length, dim, 2, after, position, sharedRows, Counts.Length - 1, 7),
            Objective = objective,
            Normalizer = normalizer,
            K = 3,
            NoiseSetSize = sharing == 1 ? 4 : 6,
            Sharing = sharing,
            Noise = NoiseDistribution.Create(NoiseKind.Unigram, Counts, 1),
            Batch = batch,
            PlaceRate = 1,
            WeightDecay = 0.01f,
            SelfNormalization = penalty,
            Seed = 11,
        };

    private static LanguageModelSpec WithoutDecay(LanguageModelSpec s) => new()
    {
        Shape = s.Shape,
        Objective = s.Objective,
        Normalizer = s.Normalizer,
        K = s.K,
        NoiseSetSize = s.NoiseSetSize,
        Sharing = s.Sharing,
        Noise = s.Noise,
        Batch = s.Batch,
        PlaceRate = s.PlaceRate,
        SelfNormalization = s.SelfNormalization,
        Seed = s.Seed,
    };
}
