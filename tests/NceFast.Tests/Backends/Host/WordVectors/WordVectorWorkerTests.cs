using NceFast.Backends;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Host.WordVectors;

/// <summary>
/// Compares the update of one group with the objective: at a small rate, parameters must move by -rate times the
/// derivative of the loss, which is computed by finite differences of a loss in double precision.
/// </summary>
public class WordVectorWorkerTests
{
    private const float Rate = 1e-3f;

    // Each with noise words that are shared, and noise words of each prediction.
    public static TheoryData<ModelKind, ObjectiveKind, NormalizerKind, bool, int> Models()
    {
        var data = new TheoryData<ModelKind, ObjectiveKind, NormalizerKind, bool, int>();
        foreach (ModelKind model in Enum.GetValues<ModelKind>())
        {
            data.Add(model, ObjectiveKind.Neg, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.Neg, NormalizerKind.Fixed, true, 16);
            data.Add(model, ObjectiveKind.Nce, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.Nce, NormalizerKind.PerContext, false, 16);
            data.Add(model, ObjectiveKind.RankingNce, NormalizerKind.Fixed, false, 16);
            data.Add(model, ObjectiveKind.RankingNce, NormalizerKind.Fixed, false, 1);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Update_is_minus_rate_times_the_derivative(ModelKind model, ObjectiveKind objective, NormalizerKind normalizer, bool dropTargets, int sharing)
    {
        WordVectorSpec spec = TestSpecs.Create(40, 6, model, objective, normalizer, dropTargets: dropTargets, logZ: 0.3, sharing: sharing);
        using TokenBlock block = TestSpecs.Block(40, [5, 4]); // one group, and repeated words
        using WordVectorParameters before = Parameters(spec), after = Parameters(spec);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);
        BlockResult result;
        using (var backend = new WordVectorBackend(spec, after, 1, Rate, "scalar"))
        {
            result = backend.Workers[0].Process(block, new BlockStep(0, Rate));
            backend.Synchronize();
        }

        Assert.Equal(plan.Predictions, result.Predictions);
        Assert.Equal(ReferenceLoss.Of(spec, plan, before), result.Loss, 2e-3 * result.Loss);
        foreach ((float[] oldValues, float[] newValues, Func<WordVectorParameters, Memory<float>> of) in Tables(before, after))
        {
            for (int i = 0; i < oldValues.Length; i++)
            {
                double derivative = ReferenceLoss.Derivative(spec, plan, before, p => of(p).Span, i);
                double moved = (newValues[i] - oldValues[i]) / Rate;
                Assert.True(Math.Abs(moved + derivative) < 0.02 * Math.Max(1, Math.Abs(derivative)), $"value {i}: moved {moved}, derivative {derivative}");
            }
        }
    }

    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, 1)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, 16)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.RankingNce, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, 16)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, 1)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.RankingNce, 16)]
    public void AdaGrad_with_large_sums_takes_the_steps_of_a_lower_rate(ModelKind model, ObjectiveKind objective, int sharing)
    {
        const float Root = 1e3f; // the gradients of one block change a sum of its square by less than a millionth
        WordVectorSpec plain = TestSpecs.Create(40, 6, model, objective, sharing: sharing), adaptive = TestSpecs.Create(40, 6, model, objective, sharing: sharing, adaGrad: true);
        using WordVectorParameters before = Parameters(plain), expected = Parameters(plain), actual = Parameters(adaptive);
        actual.InputSums.AsSpan().Fill(Root * Root);
        actual.OutputSums.AsSpan().Fill(Root * Root);
        Train(plain, expected, Rate);
        Train(adaptive, actual, Root * Rate);
        foreach ((float[] oldValues, float[] steps, Func<WordVectorParameters, Memory<float>> of) in Tables(before, expected))
        {
            for (int i = 0; i < oldValues.Length; i++)
            {
                double step = steps[i] - oldValues[i];
                Assert.Equal(step, of(actual).Span[i] - oldValues[i], 1e-5 + (0.02 * Math.Abs(step)));
            }
        }
    }

    /// <summary>Pair after pair, in double precision: a sum takes the mean square of the gradient before the step that is divided by its root.</summary>
    [Fact]
    public void AdaGrad_equals_its_formula()
    {
        const float AdaptedRate = 0.3f;
        WordVectorSpec spec = TestSpecs.Create(40, 6, ModelKind.SkipGram, ObjectiveKind.Nce, sharing: 1, k: 3, adaGrad: true);
        using WordVectorParameters start = Parameters(spec), trained = Parameters(spec);
        start.InputSums.AsSpan().Fill(0.01f);
        start.OutputSums.AsSpan().Fill(0.02f);
        start.InputSums.CopyTo(trained.InputSums, 0);
        start.OutputSums.CopyTo(trained.OutputSums, 0);
        Train(spec, trained, AdaptedRate);

        using TokenBlock block = TestSpecs.Block(40, [5, 4]);
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);
        double[][] input = Rows(start.Input), output = Rows(start.Output);
        double[] offsets = [.. start.Offset.Select(x => (double)x)], inputSums = [.. start.InputSums.Select(x => (double)x)], outputSums = [.. start.OutputSums.Select(x => (double)x)];
        for (int i = 0; i < plan.Count; i++)
        {
            int pair = 0;
            for (int t = plan.Low[i]; t < plan.High[i]; t++)
            {
                if (t == i)
                    continue;
                Step(plan.Kept[i], [plan.Kept[t]], 1);
                Step(plan.Kept[i], plan.Noise.Slice((i * spec.NoiseSetSize) + (pair++ * spec.K), spec.K).ToArray(), 0);
            }
        }

        for (int w = 0; w < spec.Words; w++)
        {
            for (int c = 0; c < spec.Dim; c++)
            {
                Assert.Equal(input[w][c], trained.Input.Row(w)[c], 2e-4);
                Assert.Equal(output[w][c], trained.Output.Row(w)[c], 2e-4);
            }

            Assert.Equal(offsets[w], trained.Offset[w], 2e-3);
            Assert.Equal(inputSums[w], trained.InputSums[w], 2e-3 * inputSums[w]);
            Assert.Equal(outputSums[w], trained.OutputSums[w], 2e-3 * outputSums[w]);
        }

        void Step(int word, int[] words, double label)
        {
            double[] x = input[word], delta = new double[spec.Dim];
            double[] g = [.. words.Select(w => label - (1 / (1 + Math.Exp(-offsets[w] - Dot(x, output[w])))))];
            double square = (Dot(x, x) + 1) / spec.Dim;
            for (int n = 0; n < words.Length; n++)
                outputSums[words[n]] += g[n] * g[n] * square;
            for (int n = 0; n < words.Length; n++)
            {
                double step = g[n] * AdaptedRate / Math.Sqrt(outputSums[words[n]]);
                offsets[words[n]] += step;
                for (int c = 0; c < spec.Dim; c++)
                {
                    delta[c] += g[n] * output[words[n]][c];
                    output[words[n]][c] += step * x[c];
                }
            }

            inputSums[word] += Dot(delta, delta) / spec.Dim;
            for (int c = 0; c < spec.Dim; c++)
                x[c] += AdaptedRate / Math.Sqrt(inputSums[word]) * delta[c];
        }
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[][] Rows(AlignedMatrix matrix) => [.. Enumerable.Range(0, (int)matrix.Rows).Select(w => matrix.Row(w).ToArray().Select(x => (double)x).ToArray())];

    private static void Train(WordVectorSpec spec, WordVectorParameters parameters, float rate)
    {
        using TokenBlock block = TestSpecs.Block(40, [5, 4]);
        using var backend = new WordVectorBackend(spec, parameters, 1, rate, "scalar");
        backend.Workers[0].Process(block, new BlockStep(0, rate));
        backend.Synchronize();
    }

    private static WordVectorParameters Parameters(WordVectorSpec spec)
    {
        var parameters = new WordVectorParameters(spec);
        var random = new Random(5);
        for (int w = 0; w < spec.Words; w++)
        {
            foreach (ref float x in parameters.Input.Row(w))
                x = random.NextSingle() - 0.5f;
            foreach (ref float x in parameters.Output.Row(w))
                x = random.NextSingle() - 0.5f;
        }

        for (int w = 0; w < parameters.Offset.Length; w++)
            parameters.SetBias(w, (random.NextSingle() * 2) - 4);
        return parameters;
    }

    private static IEnumerable<(float[] Old, float[] New, Func<WordVectorParameters, Memory<float>> Of)> Tables(WordVectorParameters before, WordVectorParameters after)
    {
        for (int w = 0; w < before.Input.Rows; w++)
        {
            int row = w;
            yield return (before.Input.Row(w).ToArray(), after.Input.Row(w).ToArray(), p => RowMemory.Of(p.Input, row));
            yield return (before.Output.Row(w).ToArray(), after.Output.Row(w).ToArray(), p => RowMemory.Of(p.Output, row));
        }

        yield return (before.Offset, after.Offset, p => p.Offset);
        if (before.LogZ.Length == before.Input.Rows)
            yield return (before.LogZ, after.LogZ, p => p.LogZ);
    }
}
