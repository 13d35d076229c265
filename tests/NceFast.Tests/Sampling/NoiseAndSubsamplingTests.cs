using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Sampling;

public class NoiseAndSubsamplingTests
{
    [Fact]
    public void Log_k_times_probability_belongs_to_the_distribution_that_is_drawn_from()
    {
        long[] counts = [1000, 10, 1];
        NoiseDistribution noise = NoiseDistribution.Create(NoiseKind.Unigram, counts, 0.75);
        double[] drawn = noise.Table.Reconstruct();
        float[] logs = noise.LogKTimesProbability(25);
        for (int w = 0; w < counts.Length; w++)
            Assert.Equal(Math.Log(25 * drawn[w]), logs[w], 1e-5);
        Assert.Equal(1, noise.Probabilities.ToArray().Sum(), 1e-12);
    }

    [Fact]
    public void A_word_without_a_count_can_still_be_drawn()
    {
        NoiseDistribution noise = NoiseDistribution.Create(NoiseKind.Unigram, [10, 0], 1);
        Assert.True(noise.Probabilities[1] > 0);
        Assert.All(noise.LogKTimesProbability(5), l => Assert.True(float.IsFinite(l)));
    }

    [Fact]
    public void Uniform_noise_ignores_counts() =>
        Assert.All(NoiseDistribution.Create(NoiseKind.Uniform, [9, 1, 5], 1).Probabilities.ToArray(), p => Assert.Equal(1 / 3.0, p, 1e-12));

    [Theory]
    [InlineData(1e-4, 1e-4, 1)] // sqrt(1) + 1 > 1
    [InlineData(1e-2, 1e-4, 0.11)] // sqrt(0.01) + 0.01
    [InlineData(0.5, 0, 1)] // 0 keeps all
    public void The_keep_probability_equals_that_of_word2vec(double frequency, double threshold, double expected) =>
        Assert.Equal(expected, Subsampling.KeepProbability(frequency, threshold), 1e-12);

    [Fact]
    public void Keep_limits_are_the_probabilities_in_32_bits()
    {
        uint[] limits = Subsampling.KeepLimits([999_900, 100], 1e-4);
        Assert.Equal(Subsampling.KeepProbability(0.9999, 1e-4), limits[0] / 4294967296.0, 1e-8);
        Assert.Equal(uint.MaxValue, limits[1]);
    }
}
