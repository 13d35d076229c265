using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Objectives;

public class ObjectiveTests
{
    [Theory]
    [InlineData(-30f)]
    [InlineData(-2.5f)]
    [InlineData(0f)]
    [InlineData(0.7f)]
    [InlineData(30f)]
    public void Loss_and_gradient_equal_the_double_reference(float logit)
    {
        foreach (float label in new[] { 0f, 1f })
        {
            double p = 1 / (1 + Math.Exp(-(double)logit));
            double loss = label == 1 ? Math.Log(1 + Math.Exp(-(double)logit)) : Math.Log(1 + Math.Exp((double)logit));
            Assert.Equal(loss, BinaryLogistic.Loss(logit, label), 1e-6 * Math.Max(1, loss));
            Assert.Equal(p - label, BinaryLogistic.Gradient(logit, label), 1e-6);
        }
    }

    [Fact]
    public void Gradient_is_the_derivative_of_the_loss()
    {
        const double Step = 1e-2;
        for (double d = -5; d <= 5; d += 0.37)
        {
            foreach (float label in new[] { 0f, 1f })
            {
                double numeric = (BinaryLogistic.Loss((float)(d + Step), label) - BinaryLogistic.Loss((float)(d - Step), label)) / (2 * Step);
                Assert.Equal(numeric, BinaryLogistic.Gradient((float)d, label), 1e-4);
            }
        }
    }

    [Fact]
    public void Loss_does_not_overflow()
    {
        Assert.Equal(1000f, BinaryLogistic.Loss(1000f, 0));
        Assert.Equal(0f, BinaryLogistic.Loss(1000f, 1));
        Assert.Equal(1000f, BinaryLogistic.Loss(-1000f, 1));
    }

    [Fact]
    public void Offsets_hold_bias_and_noise_where_the_objective_says_so()
    {
        Assert.Equal(-3f, NoiseContrastive.Offset(-5f, -2));
        Assert.Equal(-3f, NoiseContrastive.ObservedOffset(-5f, -2));
        Assert.Equal(-5f, NegativeSampling.Offset(-5f, -2));
        Assert.Equal(-5f, NegativeSampling.ObservedOffset(-5f, -2));
        Assert.Equal(-3f, ImportanceSampling.Offset(-5f, -2));
        Assert.Equal(-5f, ImportanceSampling.ObservedOffset(-5f, -2)); // its own term of Z is exact
        Assert.Equal(-3f, RankingNce.Offset(-5f, -2));
        Assert.Equal(-3f, RankingNce.ObservedOffset(-5f, -2)); // corrected as its noise words are
        Assert.True(NoiseContrastive.HasBiases && NoiseContrastive.LearnsNormalizer);
        Assert.False(NegativeSampling.HasBiases || NegativeSampling.LearnsNormalizer);
    }

    // As k grows the NCE gradient of a model tends to the maximum-likelihood one (Mnih and Teh 2012, section 3.1).
    [Fact]
    public void The_expected_nce_gradient_tends_to_maximum_likelihood_as_k_grows()
    {
        double[] data = [0.6, 0.3, 0.1], scores = [0.2, -0.4, 0.1], noise = [0.5, 0.25, 0.25];
        double z = scores.Sum(Math.Exp);
        double[] model = [.. scores.Select(s => Math.Exp(s) / z)];
        double[] ml = [.. model.Select((p, w) => p - data[w])];
        double previous = double.PositiveInfinity;
        foreach (double k in new[] { 1.0, 10, 100, 1000 })
        {
            double error = 0;
            for (int w = 0; w < 3; w++)
            {
                float d = (float)(Math.Log(model[w]) - Math.Log(k * noise[w]));
                double gradient = (data[w] * BinaryLogistic.Gradient(d, 1)) + (k * noise[w] * BinaryLogistic.Gradient(d, 0));
                error = Math.Max(error, Math.Abs(gradient - ml[w]));
            }

            Assert.True(error < previous);
            previous = error;
        }

        Assert.True(previous < 1e-3, $"error {previous} at k = 1000");
    }
}
