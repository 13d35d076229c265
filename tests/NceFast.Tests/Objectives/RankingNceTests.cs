using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Objectives;

/// <summary>Ranking NCE against the softmax, against plain loops, and against the theory of Ma and Collins (2018).</summary>
public sealed unsafe class RankingNceTests
{
    private const int K = 2;

    // A world of three contexts and four words. The probability of a word is exp(a_w + b x_c y_w) / Z(c), and Z(c) depends on the context.
    private static readonly double[] A = [0.5, -0.3, 0.1, -0.6], X = [-1.5, 0.3, 2], Y = [1, -1, 0.5, 0], Noise = [0.4, 0.3, 0.2, 0.1];

    public static TheoryData<string> Widths => [.. HostKernelCatalog.Usable];

    // With all words but the observed one as noise, each once and equally likely, the candidates are the vocabulary.
    [Theory]
    [MemberData(nameof(Widths))]
    public void All_words_as_noise_give_the_gradient_of_the_softmax(string width)
    {
        const int Words = 9, Observed = 4;
        LanguageModelSpec spec = Spec(Words, Words - 1);
        using var terms = new SampledTerms(spec, HostKernelCatalog.Create(width));
        using var rows = new AlignedMatrix(2, terms.Room);
        int[] noise = [.. Enumerable.Range(0, Words).Where(w => w != Observed)];
        double[] scores = [.. Enumerable.Range(0, Words).Select(w => Math.Sin(7 * w) * 3)];
        double logZ = Math.Log(scores.Sum(Math.Exp));
        for (int i = 0; i < noise.Length; i++)
            (rows.RowPointer(0)[i], rows.RowPointer(1)[i]) = ((float)scores[noise[i]], RankingNce.Offset(0f, terms.LogNoise[noise[i]]));
        float observed = (float)scores[Observed] + RankingNce.ObservedOffset(0f, terms.LogNoise[Observed]);
        double loss = terms.Run(rows.RowPointer(0), rows.RowPointer(1), noise.Length, ref observed);
        Assert.Equal(logZ - scores[Observed], loss, 1e-5);
        Assert.Equal(1 - Math.Exp(scores[Observed] - logZ), observed, 1e-6);
        for (int i = 0; i < noise.Length; i++)
            Assert.Equal(-Math.Exp(scores[noise[i]] - logZ), rows.RowPointer(0)[i], 1e-6);
    }

    // Shares and sums against plain loops in double precision, with logits of any size.
    [Theory]
    [MemberData(nameof(Widths))]
    public void Shares_of_a_tile_are_those_of_plain_loops(string width)
    {
        HostKernels kernels = HostKernelCatalog.Create(width);
        foreach ((int quads, int count) in new[] { (1, 4), (1, 8), (2, 12), (4, 24), (3, 40) })
        {
            using var rows = new AlignedMatrix(3, 4 * quads * count);
            using var sums = new AlignedMatrix(1, 4 * quads);
            float* scores = rows.RowPointer(0), shifts = rows.RowPointer(1), shares = rows.RowPointer(2);
            for (int e = 0; e < 4 * quads * count; e++)
                (scores[e], shifts[e]) = ((((e * 37) % 101) - 50) / 2f, (e % 7) - 20f);
            kernels.ShareTile(scores, shifts, quads, count, shares, sums.Pointer);
            for (int i = 0; i < 4 * quads; i++)
            {
                int[] own = [.. Enumerable.Range(0, count).Select(m => (((i / 4 * count) + m) * 4) + (i % 4))];
                double max = own.Max(e => (double)scores[e] + shifts[e]), sum = own.Sum(e => Math.Exp(scores[e] + shifts[e] - max));
                Assert.Equal(max + Math.Log(sum), sums.Pointer[i], 1e-5);
                foreach (int e in own)
                    Assert.Equal(Math.Exp(scores[e] + shifts[e] - max) / sum, shares[e], 1e-6);
            }
        }
    }

    // The form of word vectors: one observed word against the sum of its noise words, and the shares of these.
    [Fact]
    public void An_observed_word_against_the_sum_of_its_noise_words_is_the_softmax()
    {
        double[] logits = [0.7, -1.1, 2.3, 0.2]; // the observed word is the first
        double logZ = Softmax.LogZ(logits), logSum = Softmax.LogZ(logits.AsSpan(1));
        double logit = Logit.Shift(logits[0], logSum), loss = SummedNoise<RankingNce>.LossAndGradient(logit, 1, out double gradient);
        Assert.Equal(logZ - logits[0], loss, 1e-12);
        Assert.Equal(Math.Exp(logits[0] - logZ) - 1, gradient, 1e-12);
        foreach (double noise in logits[1..])
            Assert.Equal(-Math.Exp(noise - logZ), Softmax.NoiseStep((float)Math.Exp(noise - logSum), (float)-gradient), 1e-6);
    }

    /// <summary>
    /// The optimum of the exact expected loss, over all draws of two noise words. The model has no constant per context. Ranking NCE finds the
    /// distribution of the world; NCE, whose normaliser is fixed, and importance sampling, which corrects the noise words only, do not.
    /// </summary>
    [Fact]
    public void Ranking_is_consistent_where_z_varies_with_the_context()
    {
        double ranking = Error(Minimize(Sampled<RankingNce>)), binary = Error(Minimize(Binary)), importance = Error(Minimize(Sampled<ImportanceSampling>));
        Assert.True(ranking < 1e-4, $"ranking NCE is off by {ranking}");
        Assert.True(binary > 0.02, $"binary NCE is off by {binary} only");
        Assert.True(importance > 0.02, $"importance sampling is off by {importance} only");
    }

    private static LanguageModelSpec Spec(int words, int setSize) => new()
    {
        Shape = new LanguageModelShape(words, 4, 2, 0, PlaceWeightKind.None, false, words - 1, -1),
        Objective = ObjectiveKind.RankingNce,
        Normalizer = NormalizerKind.Fixed,
        K = setSize,
        NoiseSetSize = setSize,
        Sharing = 1,
        Noise = NoiseDistribution.Create(NoiseKind.Uniform, [.. Enumerable.Repeat(1L, words)], 1),
        Batch = 8,
        PlaceRate = 1,
        Seed = 1,
    };

    // Parameters: a of each word, then b.
    private static double Score(double[] p, int context, int word) => p[word] + (p[^1] * X[context] * Y[word]);

    private static double[] Distribution(double[] p, int context)
    {
        double[] parts = [.. A.Select((_, w) => Score(p, context, w))];
        Softmax.ToParts(parts);
        double sum = parts.Sum();
        return [.. parts.Select(part => part / sum)];
    }

    private static double[] Truth(int context) => Distribution([.. A, 0.9], context);

    private static double Error(double[] p) => Enumerable.Range(0, X.Length).Max(c => Distribution(p, c).Zip(Truth(c), (a, b) => Math.Abs(a - b)).Max());

    // The gradient by the scores of one context: that of the softmax over the observed word and each pair of noise words, weighted by its probability.
    private static double[] Sampled<TObjective>(double[] p, int context)
        where TObjective : struct, ISampledObjective
    {
        double[] truth = Truth(context), gradient = new double[A.Length];
        for (int o = 0; o < A.Length; o++)
        {
            for (int draw = 0; draw < A.Length * A.Length; draw++)
            {
                int[] candidates = [o, .. new[] { draw / A.Length, draw % A.Length }.Where(w => !TObjective.DropsObserved || w != o)];
                double weight = truth[o] * Noise[draw / A.Length] * Noise[draw % A.Length];
                double[] logits = [.. candidates.Select((w, i) => i == 0 ? TObjective.ObservedOffset(Score(p, context, w), LogNoise(w)) : TObjective.Offset(Score(p, context, w), LogNoise(w)))];
                double logZ = Softmax.LogZ(logits);
                gradient[o] -= weight;
                for (int i = 0; i < candidates.Length; i++)
                    gradient[candidates[i]] += weight * Softmax.Part(logits[i], logZ);
            }
        }

        return gradient;
    }

    // The same for binary NCE with log Z = 0.
    private static double[] Binary(double[] p, int context)
    {
        double[] truth = Truth(context);
        return [.. A.Select((_, w) =>
        {
            double logit = NoiseContrastive.Offset(Score(p, context, w), LogNoise(w));
            return (truth[w] * NoiseContrastive.Gradient(logit, 1.0)) + (K * Noise[w] * NoiseContrastive.Gradient(logit, 0.0));
        })];
    }

    private static double LogNoise(int word) => Math.Log(K * Noise[word]);

    // Gradient descent on a convex loss.
    private static double[] Minimize(Func<double[], int, double[]> gradientOf)
    {
        var p = new double[A.Length + 1];
        for (int step = 0; step < 20_000; step++)
        {
            var change = new double[p.Length];
            for (int c = 0; c < X.Length; c++)
            {
                double[] gradient = gradientOf(p, c);
                for (int w = 0; w < A.Length; w++)
                {
                    change[w] += gradient[w];
                    change[^1] += gradient[w] * X[c] * Y[w];
                }
            }

            for (int i = 0; i < p.Length; i++)
                p[i] -= 0.2 * change[i];
        }

        return p;
    }
}
