using NceFast.Backends;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Backends;

/// <summary>
/// Tests what every backend must do with a log-bilinear model. The scalar host is the specification. Each device has a
/// derived class; tests of an absent device are skipped with the reason.
/// </summary>
public abstract class LanguageModelConformance
{
    /// <summary>The largest difference of a parameter from that of the scalar kernels, relative to 1 + its size. Sums have another order.</summary>
    private const double Tolerance = 5e-5;

    /// <summary>The largest difference of a training's loss and perplexity from the host's, relative to the host's.</summary>
    private const double LossTolerance = 0.02;

    /// <summary>
    /// Learning rate for shared noise. The scalar kernels step a noise row between its repetitions in a set and between fours of
    /// predictions; a product over the set cannot. The difference is of the order of the square of the rate.
    /// </summary>
    private const float Rate = 0.1f, SharedRate = 1e-3f;

    public static TheoryData<PlaceWeightKind, ObjectiveKind, int> Forms()
    {
        var data = new TheoryData<PlaceWeightKind, ObjectiveKind, int>();
        foreach (PlaceWeightKind position in Enum.GetValues<PlaceWeightKind>())
        {
            foreach (ObjectiveKind objective in ObjectiveTraits.KindsOf(ModelFamilies.LanguageModels))
            {
                data.Add(position, objective, 1);
                if (objective != ObjectiveKind.MaximumLikelihood)
                    data.Add(position, objective, 4);
            }
        }

        return data;
    }

    /// <summary>Whether the device is so slow that long trainings are left out.</summary>
    protected virtual bool IsSimulator => false;

    /// <summary>Skips the test when the device is absent.</summary>
    protected abstract void Require();

    /// <summary>A backend whose first worker processes predictions or sets one after the other.</summary>
    private protected abstract IBackend CreateInOrder(LanguageModelSpec spec, LanguageModelParameters parameters);

    /// <summary>A backend as users get it.</summary>
    private protected abstract IBackend Create(LanguageModelSpec spec, LanguageModelParameters parameters);

    /// <summary>The noise words of a block's last batch, of which <paramref name="count"/> are in use.</summary>
    private protected abstract int[] LastNoise(LanguageModelSpec spec, TokenBlock block, int epoch, int batch, int count);

    /// <summary>Checks that nothing around the backend's buffers was written.</summary>
    private protected virtual void CheckSurroundings(IBackend backend)
    {
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(20, 1, 7)]
    [InlineData(20, 4, 33)]
    public void Draws_equal_those_of_the_specification(int words, int sharing, int draws)
    {
        Require();
        LanguageModelSpec spec = new Form { Sharing = sharing, NoiseSetSize = draws, Batch = 8 }.Spec();
        using TokenBlock block = Block(spec, words);
        var plan = new LanguageModelPlan(spec.Shape);
        plan.Prepare(block);
        int batches = (plan.Targets.Length + 7) / 8, left = plan.Targets.Length - (8 * (batches - 1)), count = (left + sharing - 1) / sharing * draws;
        PhiloxStream stream = PhiloxStream.For(spec.Seed, DrawPurpose.Noise, 3, block.Number);
        stream = stream with { K1 = stream.K1 ^ ((uint)(batches - 1) << 8) };
        int[] expected = [.. Enumerable.Range(0, count).Select(n => spec.Noise.Table.Draw(Philox4x32.Draw(stream, 2 * (uint)n), Philox4x32.Draw(stream, (2 * (uint)n) + 1)))];
        Assert.Equal(expected, LastNoise(spec, block, 3, batches - 1, count));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Updates_equal_the_scalar_ones(PlaceWeightKind position, ObjectiveKind objective, int sharing)
    {
        Require();
        Compare(new Form { PlaceWeights = position, Objective = objective, Sharing = sharing }, 13);
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1)]
    [InlineData(ObjectiveKind.Nce, 4)]
    [InlineData(ObjectiveKind.ImportanceSampling, 4)]
    [InlineData(ObjectiveKind.RankingNce, 4)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1)]
    public void Shared_rows_and_words_after_equal_the_scalar_ones(ObjectiveKind objective, int sharing)
    {
        Require();
        Compare(new Form { Objective = objective, Sharing = sharing, SharedRows = true, After = 1 }, 9);
    }

    [Theory]
    [InlineData(PlaceWeightKind.Full, ObjectiveKind.Nce, 1)]
    [InlineData(PlaceWeightKind.Diagonal, ObjectiveKind.Nce, 4)]
    [InlineData(PlaceWeightKind.None, ObjectiveKind.MaximumLikelihood, 1)]
    public void AdaGrad_steps_equal_the_scalar_ones(PlaceWeightKind position, ObjectiveKind objective, int sharing)
    {
        Require();
        Compare(new Form { PlaceWeights = position, Objective = objective, Sharing = sharing, AdaGrad = true }, 13);
    }

    [Theory]
    [InlineData(NormalizerKind.Learned, 1)]
    [InlineData(NormalizerKind.Learned, 4)]
    [InlineData(NormalizerKind.PerContext, 1)]
    [InlineData(NormalizerKind.PerContext, 4)]
    public void Normalisers_equal_the_scalar_ones(NormalizerKind normalizer, int sharing)
    {
        Require();
        Compare(new Form { PlaceWeights = PlaceWeightKind.Diagonal, Normalizer = normalizer, Sharing = sharing }, 13);
    }

    [Theory]
    [InlineData(ObjectiveKind.ImportanceSampling)]
    [InlineData(ObjectiveKind.RankingNce)]
    [InlineData(ObjectiveKind.MaximumLikelihood)]
    public void The_penalty_on_log_z_equals_the_scalar_one(ObjectiveKind objective)
    {
        Require();
        Compare(new Form { PlaceWeights = PlaceWeightKind.None, Objective = objective, Penalty = 0.3f, Sharing = 1 }, 9);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 7)]
    [InlineData(9, 8)]
    [InlineData(31, 16)]
    [InlineData(33, 32)]
    [InlineData(65, 66)]
    public void Blocks_and_batches_of_any_length_equal_the_scalar_ones(int words, int batch)
    {
        Require();
        Assert.SkipWhen(IsSimulator && words > 31, "the simulator's tiles are 8 wide, and shorter blocks straddle them");
        Compare(new Form { Batch = batch, Sharing = 3 }, words);
        Compare(new Form { Batch = batch, Sharing = 1, PlaceWeights = PlaceWeightKind.None }, words);
        Compare(new Form { Batch = batch, Objective = ObjectiveKind.MaximumLikelihood, PlaceWeights = PlaceWeightKind.Diagonal }, words);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(33)]
    [InlineData(129)]
    [InlineData(1000)]
    public void Vocabularies_of_any_size_equal_the_scalar_ones(int vocabulary)
    {
        Require();
        Assert.SkipWhen(IsSimulator && vocabulary > 33, "the simulator's tiles are 8 wide, and smaller vocabularies straddle them");
        Compare(new Form { Words = vocabulary, Objective = ObjectiveKind.MaximumLikelihood }, 9);
        Compare(new Form { Words = vocabulary, NoiseSetSize = 67 }, IsSimulator ? 5 : 40);
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 9, 7)]
    [InlineData(ObjectiveKind.ImportanceSampling, 9, 7)]
    [InlineData(ObjectiveKind.RankingNce, 9, 7)]
    [InlineData(ObjectiveKind.Nce, 65, 67)]
    public void Large_noise_sets_step_as_in_the_scalar_kernels(ObjectiveKind objective, int sharing, int draws)
    {
        Require();
        Assert.SkipWhen(IsSimulator && sharing > 9, "the simulator's tiles are 8 wide, and smaller sets straddle them");
        Compare(new Form { Objective = objective, Sharing = sharing, NoiseSetSize = draws, Batch = 2 * sharing }, 3 * sharing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(33)]
    [InlineData(100)]
    [InlineData(130)]
    [InlineData(300)]
    public void Rows_of_any_length_equal_the_scalar_ones(int dim)
    {
        Require();
        Assert.SkipWhen(IsSimulator && dim > 33, "the simulator's tiles are 8 wide, and shorter rows straddle them");
        Compare(new Form { Dim = dim, Sharing = 4 }, 9);
        Compare(new Form { Dim = dim, Sharing = 1, PlaceWeights = PlaceWeightKind.Diagonal }, 9);
    }

    [Fact]
    public void Empty_blocks_change_nothing()
    {
        Require();
        LanguageModelSpec spec = new Form().Spec();
        using LanguageModelParameters parameters = Random(spec), before = Random(spec);
        using IBackend backend = CreateInOrder(spec, parameters);
        using var empty = new TokenBlock();
        Assert.Equal(default, backend.Workers[0].Process(empty, new BlockStep(0, 0.1f)));
        backend.Synchronize();
        Assert.Equal(LanguageReference.Flatten(before), LanguageReference.Flatten(parameters));
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1)]
    [InlineData(ObjectiveKind.Nce, 4)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1)]
    public void NaN_spreads_as_in_the_scalar_kernels(ObjectiveKind objective, int sharing)
    {
        Require();
        LanguageModelSpec spec = new Form { Objective = objective, Sharing = sharing, PlaceWeights = PlaceWeightKind.Diagonal }.Spec();
        using LanguageModelParameters expected = Random(spec), actual = Random(spec);
        using TokenBlock block = Block(spec, 9);
        expected.Context.Row(block.Ids[2])[3] = actual.Context.Row(block.Ids[2])[3] = float.NaN;
        using var scalar = new LanguageModelBackend(spec, expected, 1, "scalar");
        using IBackend backend = CreateInOrder(spec, actual);
        BlockResult a = scalar.Workers[0].Process(block, new BlockStep(0, 0.1f)), b = backend.Workers[0].Process(block, new BlockStep(0, 0.1f));
        backend.Synchronize();
        Assert.True(double.IsNaN(a.Loss) && double.IsNaN(b.Loss), $"losses {a.Loss} and {b.Loss}");
        Assert.Equal(LanguageReference.Flatten(expected).Select(double.IsNaN), LanguageReference.Flatten(actual).Select(double.IsNaN));
    }

    [Theory]
    [InlineData(ObjectiveKind.Nce, 1)]
    [InlineData(ObjectiveKind.Nce, 8)]
    [InlineData(ObjectiveKind.MaximumLikelihood, 1)]
    public void The_loss_falls_as_on_the_host(ObjectiveKind objective, int sharing)
    {
        Require();
        Assert.SkipWhen(IsSimulator, "the simulator is too slow for a loss curve; its updates are compared one by one");
        float rate = objective == ObjectiveKind.MaximumLikelihood ? 0.02f : 0.1f; // a batch steps a frequent row once for all its predictions
        Learns(new Form { Objective = objective, Sharing = sharing }, rate, passes: 8, sentences: 150, share: 0.9);
    }

    [Theory]
    [InlineData(ObjectiveKind.ImportanceSampling, 1, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.RankingNce, 1, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.RankingNce, 8, NormalizerKind.Fixed, true)]
    [InlineData(ObjectiveKind.Neg, 1, NormalizerKind.Fixed, false)]
    [InlineData(ObjectiveKind.Nce, 1, NormalizerKind.Learned, false)]
    [InlineData(ObjectiveKind.Nce, 8, NormalizerKind.Learned, false)]
    [InlineData(ObjectiveKind.Nce, 1, NormalizerKind.PerContext, false)]
    [InlineData(ObjectiveKind.Nce, 1, NormalizerKind.Fixed, true)]
    public void The_loss_falls_as_on_the_host_with_each_option(ObjectiveKind objective, int sharing, NormalizerKind normalizer, bool adaGrad)
    {
        Require();
        Assert.SkipWhen(IsSimulator, "the simulator is too slow for a loss curve; its updates are compared one by one");
        Learns(new Form { Objective = objective, Sharing = sharing, Normalizer = normalizer, AdaGrad = adaGrad }, rate: 0.1f, passes: adaGrad ? 8 : 4, sentences: 50, share: 1);
    }

    private void Learns(Form form, float rate, int passes, int sentences, double share)
    {
        LanguageModelSpec spec = (form with { Words = 120, Dim = 16, NoiseSetSize = 16, K = 8, Batch = 64 }).Spec();
        using LanguageModelParameters expected = Initial(spec), actual = Initial(spec);
        using var host = new LanguageModelBackend(spec, expected, 1);
        using IBackend backend = Create(spec, actual);
        double first = 0, a = 0, b = 0;
        for (int pass = 0; pass < passes; pass++)
        {
            using TokenBlock block = Chains(120, sentences, pass % 4);
            a = Pass(host, block, pass, rate);
            b = Pass(backend, block, pass, rate);
            first = pass == 0 ? a : first;
        }

        Assert.True(a < share * first, $"the host's loss went from {first} to {a} only");
        Assert.Equal(a, b, LossTolerance * a);
        backend.Synchronize();
        using TokenBlock unseen = Chains(120, 20, 9);
        double expectedPerplexity = Perplexity(spec, expected, unseen), perplexity = Perplexity(spec, actual, unseen);
        Assert.Equal(expectedPerplexity, perplexity, LossTolerance * expectedPerplexity);
    }

    // Workers in turn, as a coordinator would use them.
    private static double Pass(IBackend backend, TokenBlock block, int pass, float rate)
    {
        IBlockWorker worker = backend.Workers[pass % backend.Workers.Count];
        BlockResult result = worker.Process(block, new BlockStep(pass, rate));
        worker.Flush();
        return result.Loss / result.Predictions;
    }

    private static double Perplexity(LanguageModelSpec spec, LanguageModelParameters parameters, TokenBlock block)
    {
        var reference = new LanguageReference(spec.Shape, spec.NormalizerRows);
        double[] p = LanguageReference.Flatten(parameters);
        var plan = new LanguageModelPlan(spec.Shape);
        plan.Prepare(block);
        double sum = 0;
        foreach (int at in plan.Targets)
        {
            double[] h = reference.Hidden(p, plan.Stream, at);
            sum += reference.ExactLogZ(p, h) - reference.Score(p, h, plan.Stream[at]);
        }

        return Math.Exp(sum / plan.Targets.Length);
    }

    private void Compare(Form form, int words)
    {
        LanguageModelSpec spec = form.Spec();
        using LanguageModelParameters expected = Random(spec), actual = Random(spec);
        using TokenBlock block = Block(spec, words);
        bool shared = spec.Sharing > 1 && spec.Objective != ObjectiveKind.MaximumLikelihood;
        var step = new BlockStep(1, shared ? SharedRate : Rate);
        using var scalar = new LanguageModelBackend(spec, expected, 1, "scalar");
        using IBackend backend = CreateInOrder(spec, actual);
        BlockResult a = scalar.Workers[0].Process(block, step), b = backend.Workers[0].Process(block, step);
        backend.Synchronize();
        Assert.Equal(a.Predictions, b.Predictions);
        Assert.True(Math.Abs(a.Loss - b.Loss) <= Tolerance * (1 + Math.Abs(a.Loss)), $"{form}: loss {b.Loss}, scalar {a.Loss}");
        foreach ((ParameterTable x, ParameterTable y) in expected.Tables.Zip(actual.Tables))
        {
            // Sums of squares are not multiplied by the rate, so their difference is of the order of the rate.
            double tolerance = shared && x.IsState ? 5 * SharedRate : Tolerance;
            for (long row = 0; row < x.Rows; row++)
                Near(x.Row(row), y.Row(row), tolerance, $"{form}: {x.Name} {row}");
        }

        CheckSurroundings(backend);
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * (1 + Math.Abs(expected[i]))))
                Assert.Fail($"{what} [{i}] is {actual[i]:R}, the scalar's {expected[i]:R}");
        }
    }

    // Sentences of 1 to 8 words; frequent words repeat within a batch, so that one row has several uses.
    private static TokenBlock Block(LanguageModelSpec spec, int words)
    {
        int most = spec.Shape.Words - 1;
        var random = new Random(words);
        var block = new TokenBlock { Number = (ulong)words };
        for (int i = 0, left = 3; i < words; i++)
        {
            block.Add((int)(most * Math.Pow(random.NextDouble(), 2)));
            if (--left > 0)
                continue;
            block.EndSentence();
            left = 1 + random.Next(8);
        }

        block.EndSentence();
        return block;
    }

    // Text with structure to learn: a word is followed by one of three, most often by the first.
    private static TokenBlock Chains(int words, int sentences, int number)
    {
        var random = new Random(number);
        var block = new TokenBlock { Number = (ulong)number };
        for (int s = 0; s < sentences; s++)
        {
            int word = random.Next(words - 1);
            for (int i = 0; i < 12; i++)
            {
                block.Add(word);
                word = ((word * 7) + (random.Next(10) < 7 ? 1 : random.Next(3))) % (words - 1);
            }

            block.EndSentence();
        }

        return block;
    }

    private static LanguageModelParameters Initial(LanguageModelSpec spec)
    {
        var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        parameters.Initialize(7, TestSpecs.Counts(spec.Shape.Words), 0.1f);
        return parameters;
    }

    // Rows whose products are neither tiny nor large, and place matrices that are not the identity.
    private static LanguageModelParameters Random(LanguageModelSpec spec)
    {
        LanguageModelParameters parameters = Initial(spec);
        var random = new Random(5);
        float scale = 1.5f / MathF.Pow(spec.Shape.Dim, 0.25f);
        foreach (ParameterTable table in parameters.Tables.Where(t => t.Columns > 1 || t.Name is "context" or "target"))
        {
            for (long row = 0; row < table.Rows; row++)
            {
                foreach (ref float x in table.Row(row))
                    x += (random.NextSingle() - 0.5f) * scale * (table.Name == "position" ? 0.1f : 1);
            }
        }

        return parameters;
    }

    /// <summary>A small model in one line.</summary>
    private protected sealed record Form
    {
        public int Words { get; init; } = 21;
        public int Dim { get; init; } = 9;
        public PlaceWeightKind PlaceWeights { get; init; } = PlaceWeightKind.Full;
        public ObjectiveKind Objective { get; init; } = ObjectiveKind.Nce;
        public NormalizerKind Normalizer { get; init; } = NormalizerKind.Fixed;
        public bool SharedRows { get; init; }
        public bool AdaGrad { get; init; }
        public int After { get; init; }
        public int Sharing { get; init; } = 4;
        public int K { get; init; } = 3;
        public int NoiseSetSize { get; init; } = 6;
        public int Batch { get; init; } = 10;
        public float Penalty { get; init; }

        public LanguageModelSpec Spec() => new()
        {
            Shape = new LanguageModelShape(Words, Dim, 2, After, PlaceWeights, SharedRows, Words - 1, Words > 2 ? 1 : 0),
            Objective = Objective,
            Normalizer = Normalizer,
            K = K,
            NoiseSetSize = NoiseSetSize,
            Sharing = Sharing,
            Noise = NoiseDistribution.Create(NoiseKind.Unigram, TestSpecs.Counts(Words), 1),
            Batch = Batch,
            PlaceRate = 0.5f,
            WeightDecay = 0.01f,
            SelfNormalization = Penalty,
            AdaGrad = AdaGrad,
            Seed = 11,
        };
    }
}
