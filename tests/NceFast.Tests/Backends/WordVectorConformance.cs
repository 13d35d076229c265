using NceFast.Backends;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Backends;

/// <summary>
/// Tests what every backend must do, with the scalar host as the specification: the same random decisions, the same updates,
/// and no writes outside its rows. Each device has a derived class; tests of an absent device are skipped with the reason.
/// </summary>
public abstract class WordVectorConformance
{
    private const int Words = 60;

    // Fifty topics: groups that run at the same time seldom update the same row, as in real text, and few of their changes are lost.
    private const int TopicWords = 1500;

    // So many words that noise sets without a repeated word exist.
    private const int ManyWords = 2000;

    /// <summary>Largest difference of a parameter from that of the scalar kernels, relative to 1 + its size. Sums are taken in another order.</summary>
    private const double Tolerance = 2e-5;

    public static TheoryData<ModelKind, ObjectiveKind, NormalizerKind> Models => new()
    {
        { ModelKind.SkipGram, ObjectiveKind.Neg, NormalizerKind.Fixed },
        { ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Fixed },
        { ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Learned },
        { ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.PerContext },
        { ModelKind.SkipGram, ObjectiveKind.RankingNce, NormalizerKind.Fixed },
        { ModelKind.Cbow, ObjectiveKind.RankingNce, NormalizerKind.Fixed },
        { ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed },
        { ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Fixed },
        { ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Learned },
        { ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.PerContext },
    };

    /// <summary>Whether the device is so slow that long trainings are left out.</summary>
    protected virtual bool IsSimulator => false;

    /// <summary>Whether a word that stands twice in a group is updated once for both places. The result then equals that of the scalar kernels where no word repeats, and elsewhere to first order of the rate.</summary>
    protected virtual bool MergesRepeats => false;

    /// <summary>Whether the backend adapts steps to each row with AdaGrad.</summary>
    protected virtual bool Adapts => true;

    /// <summary>Skips the test when the device is absent.</summary>
    protected abstract void Require();

    /// <summary>A backend whose first worker processes groups of positions one after the other.</summary>
    private protected abstract IBackend CreateInOrder(WordVectorSpec spec, WordVectorParameters parameters);

    /// <summary>A backend as users get it.</summary>
    private protected abstract IBackend Create(WordVectorSpec spec, WordVectorParameters parameters);

    /// <summary>Trains on a block and copies the parameters to the host, even if they contain NaN.</summary>
    private protected virtual BlockResult ProcessUnchecked(IBackend backend, TokenBlock block, BlockStep step)
    {
        BlockResult result = backend.Workers[0].Process(block, step);
        backend.Synchronize();
        return result;
    }

    /// <summary>The random choices of the backend for a block.</summary>
    private protected abstract Draws DrawsOf(WordVectorSpec spec, TokenBlock block, int epoch);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(15, 0)]
    [InlineData(16, 1e-2)]
    [InlineData(17, 0)]
    [InlineData(31, 0)]
    [InlineData(33, 1e-2)]
    [InlineData(127, 1e-2)]
    [InlineData(1027, 1e-3)]
    public void Draws_equal_those_of_the_specification(int positions, double subsample)
    {
        Require();
        foreach ((ModelKind model, int sharing, WindowDrawKind draw) in new[]
        {
            (ModelKind.SkipGram, 16, WindowDrawKind.Uniform), (ModelKind.Cbow, 1, WindowDrawKind.Uniform), (ModelKind.SkipGram, 1, WindowDrawKind.Uniform),
            (ModelKind.SkipGram, 16, WindowDrawKind.Fixed), (ModelKind.Cbow, 16, WindowDrawKind.Fixed),
        })
        {
            WordVectorSpec spec = TestSpecs.Create(Words, 4, model, sharing: sharing, subsample: subsample, windowDraw: draw);
            using TokenBlock block = Sentences(Words, positions);
            Draws expected = Draws.ByDefinition(spec, block, 3), actual = DrawsOf(spec, block, 3);
            Assert.Equal(expected.Kept, actual.Kept);
            Assert.Equal(expected.Low, actual.Low);
            Assert.Equal(expected.High, actual.High);
            Assert.Equal(expected.Noise, actual.Noise);
            Assert.Equal(expected.Predictions, actual.Predictions);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Updates_equal_the_scalar_ones(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer)
    {
        Require();
        foreach ((int sharing, int positions) in IsSimulator ? [(16, 21), (1, 3)] : new[] { (16, 37), (1, 37), (40, 90) })
            Compare(20, model, objective, normalizer, sharing, positions);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void AdaGrad_steps_equal_the_scalar_ones(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer)
    {
        Require();
        if (Adapts)
            Compare(20, model, objective, normalizer, 16, IsSimulator ? 21 : 37, adaGrad: true);
        else
            Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => Compare(20, model, objective, normalizer, 16, 21, adaGrad: true)).Kind);
    }

    [Theory]
    [InlineData(ModelKind.SkipGram, 16)]
    [InlineData(ModelKind.SkipGram, 1)]
    [InlineData(ModelKind.Cbow, 16)]
    public void Updates_of_fixed_windows_equal_the_scalar_ones(ModelKind model, int sharing)
    {
        Require();
        Compare(20, model, ObjectiveKind.Nce, NormalizerKind.Fixed, sharing, 17, WindowDrawKind.Fixed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(127)]
    public void Blocks_of_any_length_equal_the_scalar_ones(int positions)
    {
        Require();
        Compare(12, ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.Fixed, 16, positions);
        Compare(12, ModelKind.Cbow, ObjectiveKind.Nce, NormalizerKind.Fixed, 16, positions);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100)]
    [InlineData(128)]
    [InlineData(300)]
    [InlineData(301)]
    [InlineData(1000)]
    [InlineData(1027)]
    public void Rows_of_any_length_equal_the_scalar_ones(int dim)
    {
        Require();
        Compare(dim, ModelKind.SkipGram, ObjectiveKind.Nce, NormalizerKind.PerContext, 16, 18);
        Compare(dim, ModelKind.Cbow, ObjectiveKind.Neg, NormalizerKind.Fixed, 16, 18);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Repeated_words_move_as_far_as_in_the_scalar_kernels(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer)
    {
        Require();
        WordVectorSpec spec = TestSpecs.Create(Words, 20, model, objective, normalizer, dropTargets: objective == ObjectiveKind.Neg);
        var step = new BlockStep(1, 1e-4f);
        using WordVectorParameters before = Random(spec), expected = Random(spec), actual = Random(spec);
        using TokenBlock block = Sentences(Words, IsSimulator ? 127 : 1027);
        using var scalar = new WordVectorBackend(spec, expected, 1, 0.1f, "scalar");
        using IBackend backend = CreateInOrder(spec, actual);
        BlockResult a = scalar.Workers[0].Process(block, step), b = backend.Workers[0].Process(block, step);
        scalar.Synchronize();
        backend.Synchronize();
        Assert.Equal(a.Predictions, b.Predictions);
        Assert.InRange(b.Loss / a.Loss, 0.999, 1.001);
        for (int w = 0; w < spec.Words; w++)
        {
            MovedAlike(before.Input.Row(w), expected.Input.Row(w), actual.Input.Row(w), $"input {w}");
            MovedAlike(before.Output.Row(w), expected.Output.Row(w), actual.Output.Row(w), $"output {w}");
        }

        MovedAlike(before.Offset, expected.Offset, actual.Offset, "biases");
        if (normalizer != NormalizerKind.Fixed)
            MovedAlike(before.LogZ, expected.LogZ, actual.LogZ, "log Z");
    }

    [Fact]
    public void Empty_blocks_and_sentences_of_one_word_change_nothing()
    {
        Require();
        WordVectorSpec spec = TestSpecs.Create(Words, 8, objective: ObjectiveKind.Nce);
        using WordVectorParameters parameters = Random(spec), before = Random(spec);
        using IBackend backend = CreateInOrder(spec, parameters);
        using var empty = new TokenBlock();
        using TokenBlock lonely = TestSpecs.Block(Words, [1, 1, 1]);
        Assert.Equal(default, backend.Workers[0].Process(empty, new BlockStep(0, 0.1f)));
        Assert.Equal(0, backend.Workers[0].Process(lonely, new BlockStep(0, 0.1f)).Predictions);
        backend.Synchronize();
        for (int w = 0; w < Words; w++)
        {
            Assert.Equal(before.Input.Row(w).ToArray(), parameters.Input.Row(w).ToArray());
            Assert.Equal(before.Output.Row(w).ToArray(), parameters.Output.Row(w).ToArray());
        }
    }

    [Theory]
    [InlineData(ModelKind.SkipGram)]
    [InlineData(ModelKind.Cbow)]
    public void NaN_spreads_as_in_the_scalar_kernels(ModelKind model)
    {
        Require();
        WordVectorSpec spec = TestSpecs.Create(Words, 16, model, ObjectiveKind.Nce);
        using WordVectorParameters expected = Random(spec), actual = Random(spec);
        using TokenBlock block = Sentences(Words, 17);
        int word = block.Ids[2];
        expected.Input.Row(word)[5] = float.NaN;
        actual.Input.Row(word)[5] = float.NaN;
        using var scalar = new WordVectorBackend(spec, expected, 1, 0.1f, "scalar");
        using IBackend backend = CreateInOrder(spec, actual);
        BlockResult a = scalar.Workers[0].Process(block, new BlockStep(0, 0.1f)), b = ProcessUnchecked(backend, block, new BlockStep(0, 0.1f));
        scalar.Synchronize();
        Assert.True(double.IsNaN(a.Loss) && double.IsNaN(b.Loss), $"losses {a.Loss} and {b.Loss}");
        for (int w = 0; w < Words; w++)
        {
            for (int c = 0; c < spec.Dim; c++)
            {
                Assert.Equal(float.IsNaN(expected.Input.Row(w)[c]), float.IsNaN(actual.Input.Row(w)[c]));
                Assert.Equal(float.IsNaN(expected.Output.Row(w)[c]), float.IsNaN(actual.Output.Row(w)[c]));
            }
        }
    }

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.RankingNce)]
    public void The_loss_falls_as_on_the_host(ModelKind model, ObjectiveKind objective) => Falls(model, objective, adaGrad: false);

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg)]
    public void The_loss_falls_as_on_the_host_with_AdaGrad(ModelKind model, ObjectiveKind objective)
    {
        Assert.SkipUnless(Adapts, "the plain kernel has no AdaGrad");
        Falls(model, objective, adaGrad: true);
    }

    private void Falls(ModelKind model, ObjectiveKind objective, bool adaGrad)
    {
        Require();
        Assert.SkipWhen(IsSimulator, "the simulator is too slow for a loss curve; its updates are compared one by one");
        WordVectorSpec spec = TestSpecs.Create(TopicWords, 16, model, objective, adaGrad: adaGrad);
        using WordVectorParameters expected = Initial(spec), actual = Initial(spec);
        using var host = new WordVectorBackend(spec, expected, 1, 0.1f);
        using IBackend backend = Create(spec, actual);
        double first = 0, a = 0, b = 0;
        for (int pass = 0; pass < 10; pass++)
        {
            // The rate falls as in a training, because at a constant rate the end of the curve is mostly noise.
            float rate = (adaGrad ? 0.3f : 0.05f) * (1 - (pass / 10f));
            a = b = 0;
            for (int number = 0; number < 3; number++)
            {
                using TokenBlock block = Topics(TopicWords, 300, number);
                a += host.Workers[0].Process(block, new BlockStep(pass, rate)).Loss;
                b += backend.Workers[number % backend.Workers.Count].Process(block, new BlockStep(pass, rate)).Loss;
            }

            first = pass == 0 ? a : first;
        }

        Assert.True(a < 0.9 * first, $"the host's loss fell only from {first} to {a}");

        // Groups in flight divide by sums that lack each other's gradients, so their steps are longer at first, and the loss may fall faster.
        Assert.InRange(b / a, adaGrad ? 0.8 : 0.97, 1.03);
    }

    private void Compare(int dim, ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, int sharing, int positions, WindowDrawKind draw = WindowDrawKind.Uniform, bool adaGrad = false)
    {
        var step = new BlockStep(1, 0.1f);
        using TokenBlock block = MergesRepeats ? Distinct(positions) : Sentences(Words, positions);
        bool drops = objective == ObjectiveKind.Neg;
        WordVectorSpec spec = MergesRepeats
            ? WithDistinctNoise(block, step, seed => TestSpecs.Create(ManyWords, dim, model, objective, normalizer, sharing: sharing, dropTargets: drops, kind: NoiseKind.Uniform, seed: seed, windowDraw: draw, adaGrad: adaGrad))
            : TestSpecs.Create(Words, dim, model, objective, normalizer, sharing: sharing, dropTargets: drops, windowDraw: draw, adaGrad: adaGrad);
        using WordVectorParameters expected = Random(spec), actual = Random(spec);
        using var scalar = new WordVectorBackend(spec, expected, 1, 0.1f, "scalar");
        using IBackend backend = CreateInOrder(spec, actual);
        BlockResult a = scalar.Workers[0].Process(block, step), b = backend.Workers[0].Process(block, step);
        scalar.Synchronize();
        backend.Synchronize();
        string what = $"{spec.Model} {spec.Objective} {spec.Normalizer}, dim {spec.Dim}, {positions} positions, sharing {spec.Sharing}";
        Assert.Equal(a.Predictions, b.Predictions);
        Assert.True(Math.Abs(a.Loss - b.Loss) <= Tolerance * (1 + Math.Abs(a.Loss)), $"{what}: loss {b.Loss}, scalar {a.Loss}");
        for (int w = 0; w < spec.Words; w++)
        {
            Near(expected.Input.Row(w), actual.Input.Row(w), $"{what}: input {w}");
            Near(expected.Output.Row(w), actual.Output.Row(w), $"{what}: output {w}");
        }

        Near(expected.Offset, actual.Offset, $"{what}: offsets");
        Near(expected.LogZ, actual.LogZ, $"{what}: log Z");
        Near(expected.InputSums, actual.InputSums, $"{what}: sums of inputs");
        Near(expected.OutputSums, actual.OutputSums, $"{what}: sums of outputs");
        CheckSurroundings(backend);
    }

    /// <summary>Checks that nothing around the backend's buffers was written.</summary>
    private protected virtual void CheckSurroundings(IBackend backend)
    {
    }

    private static void Near(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= Tolerance * (1 + Math.Abs(expected[i]))))
                Assert.Fail($"{what} [{i}] is {actual[i]:R}, the scalar's {expected[i]:R}");
        }
    }

    private static void MovedAlike(ReadOnlySpan<float> before, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        double moved = 0, apart = 0;
        for (int i = 0; i < before.Length; i++)
        {
            moved += Math.Pow(expected[i] - before[i], 2);
            apart += Math.Pow(expected[i] - actual[i], 2);
        }

        Assert.True(Math.Sqrt(apart) <= (0.01 * Math.Sqrt(moved)) + 1e-6, $"{what} is {Math.Sqrt(apart)} from the scalar's, which moved by {Math.Sqrt(moved)}");
    }

    // A model whose noise sets hold no word twice, for this block.
    private static WordVectorSpec WithDistinctNoise(TokenBlock block, BlockStep step, Func<ulong, WordVectorSpec> create)
    {
        for (ulong seed = 1; ; seed++)
        {
            WordVectorSpec spec = create(seed);
            int[] noise = Draws.ByDefinition(spec, block, step.Epoch).Noise;
            if (spec.Sharing == 1 || noise.Chunk(spec.NoiseSetSize).All(set => set.Distinct().Count() == set.Length))
                return spec;
        }
    }

    // Sentences of 1 to 13 words, no word twice.
    private static TokenBlock Distinct(int positions)
    {
        using TokenBlock lengths = Sentences(Words, positions);
        var block = new TokenBlock { Number = lengths.Number };
        for (int s = 0, i = 0; s < lengths.SentenceCount; s++)
        {
            for (; i < lengths.SentenceEnds[s]; i++)
                block.Add(i * 7 % ManyWords);
            block.EndSentence();
        }

        return block;
    }

    // Sentences of 1 to 13 words; frequent words repeat within a tile.
    private static TokenBlock Sentences(int words, int positions)
    {
        var lengths = new List<int>();
        for (int left = positions, next = 5; left > 0; next = (next * 7 % 13) + 1)
        {
            lengths.Add(Math.Min(left, next));
            left -= lengths[^1];
        }

        return TestSpecs.Block(words, [.. lengths], positions);
    }

    // Text with structure to learn: a sentence uses only the thirty words of its topic.
    private static TokenBlock Topics(int words, int sentences, int number)
    {
        var random = new Random(number);
        var block = new TokenBlock { Number = (ulong)number };
        for (int s = 0; s < sentences; s++)
        {
            int topic = random.Next(words / 30) * 30;
            for (int i = 0; i < 20; i++)
                block.Add(topic + random.Next(30));
            block.EndSentence();
        }

        return block;
    }

    private static WordVectorParameters Initial(WordVectorSpec spec)
    {
        var parameters = new WordVectorParameters(spec);
        parameters.Initialize(spec.Seed, TestSpecs.Counts(spec.Words));
        return parameters;
    }

    private static WordVectorParameters Random(WordVectorSpec spec)
    {
        WordVectorParameters parameters = Initial(spec);
        var random = new Random(5);
        for (int w = 0; w < spec.Words; w++)
        {
            foreach (ref float x in parameters.Input.Row(w))
                x = (random.NextSingle() - 0.5f) * 2 / MathF.Sqrt(spec.Dim);
            foreach (ref float x in parameters.Output.Row(w))
                x = (random.NextSingle() - 0.5f) * 2 / MathF.Sqrt(spec.Dim);
        }

        foreach (ref float sum in parameters.InputSums.AsSpan())
            sum = random.NextSingle();
        foreach (ref float sum in parameters.OutputSums.AsSpan())
            sum = random.NextSingle();
        return parameters;
    }
}
