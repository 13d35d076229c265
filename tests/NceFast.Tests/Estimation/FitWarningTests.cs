using NceFast.Bench.Estimation;
using NceFast.Estimation;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Tests the conditioning of a fit and the warnings that follow from it.</summary>
public sealed class FitWarningTests
{
    [Fact]
    public void Noise_fitted_to_moments_is_reported_where_it_is_hopeless()
    {
        const int Dim = 16;
        double[] data = ProductQuartic.Draw(Dim, 3000, 1);
        Estimate found = NceEstimator.Fit(data, new ProductQuartic(Dim), GaussianNoise.FitTo(data, Dim), 5, new EstimationOptions { StandardErrors = false });
        EstimationWarning warning = Assert.Single(found.Warnings, w => w.Kind == EstimationWarningKind.MomentNoise);
        Assert.Contains("16 columns", warning.Message, StringComparison.Ordinal);
        Assert.Contains("ConditionalNce", warning.Message, StringComparison.Ordinal);
        Assert.True(found.NoiseOverlap < 0.5, $"{found.NoiseOverlap}");
    }

    // The same moments, but the data are Gaussian, or the dimension is small, or the noise was not fitted.
    [Fact]
    public void Noise_that_is_not_hopeless_is_not_reported()
    {
        double[] normal = new GaussianNoise(new double[12], Unit(12)).Draw(4000, 1), few = ProductQuartic.Draw(4, 4000, 1);
        Estimate gaussian = NceEstimator.Fit(normal, new GaussianModel(12), GaussianNoise.FitTo(normal, 12), 1);
        Estimate quartic = NceEstimator.Fit(few, new ProductQuartic(4), GaussianNoise.FitTo(few, 4), 5);
        Assert.Empty(gaussian.Warnings);
        Assert.Empty(quartic.Warnings);
        Assert.InRange(gaussian.NoiseOverlap!.Value, 0.9, 1.001);
        double[] many = ProductQuartic.Draw(16, 3000, 1);
        Estimate given = NceEstimator.Fit(many, new ProductQuartic(16), new GaussianNoise(new double[16], Unit(16)), 5, new EstimationOptions { StandardErrors = false });
        Assert.DoesNotContain(given.Warnings, w => w.Kind == EstimationWarningKind.MomentNoise);
    }

    [Fact]
    public void Only_noise_that_was_fitted_says_so()
    {
        double[] data = ProductQuartic.Draw(2, 100, 1);
        GaussianNoise fitted = GaussianNoise.FitTo(data, 2), given = new([0, 0], Unit(2));
        Assert.True(fitted.IsMomentFit);
        Assert.False(given.IsMomentFit);
        Assert.True(new MixtureNoise((1, fitted), (1, fitted)).IsMomentFit);
        Assert.False(new MixtureNoise((1, fitted), (1, given)).IsMomentFit);
        Assert.False(UniformBoxNoise.Around(data, 2).IsMomentFit);
    }

    // The overlap of two classes is known: (1 + 1/nu) SUM_w p nu q / (p + nu q).
    [Fact]
    public void Overlap_has_its_closed_form()
    {
        double[] data = [.. Enumerable.Range(0, 8000).Select(i => i % 4 == 0 ? 1.0 : 0)];
        var noise = new CategoricalNoise(NceFast.Sampling.NoiseDistribution.FromWeights([1, 9]));
        Estimate found = NceEstimator.Fit(data, new CategoricalModel(2), noise, 10);
        double expected = 1.1 * ((0.75 * 10 * 0.1 / (0.75 + (10 * 0.1))) + (0.25 * 10 * 0.9 / (0.25 + (10 * 0.9))));
        Assert.Equal(expected, found.NoiseOverlap!.Value, 0.01);
        Assert.Null(MaximumLikelihood.Fit(data, new CategoricalModel(2)).NoiseOverlap);
    }

    // The information of (theta, c) for two classes is p [[1, 1], [1, 1/p]]; scaled to a unit diagonal it is [[1, r], [r, 1]] with r = sqrt(p).
    [Fact]
    public void Condition_number_has_its_closed_form()
    {
        double[] data = [.. Enumerable.Range(0, 8000).Select(i => i % 4 == 0 ? 1.0 : 0)];
        Estimate found = MaximumLikelihood.Fit(data, new CategoricalModel(2));
        Assert.Equal((1 + 0.5) / (1 - 0.5), found.ConditionNumber!.Value, 1e-6);
        Assert.Null(MaximumLikelihood.Fit(data, new CategoricalModel(2), new EstimationOptions { StandardErrors = false }).ConditionNumber);
    }

    [Fact]
    public void Nearly_equal_parameters_are_reported()
    {
        double[] data = new GaussianNoise([0, 0], [1, 0.9999, 0.9999, 1]).Draw(2000, 1);
        Estimate found = MaximumLikelihood.Fit(data, new GaussianModel(2), new EstimationOptions { MaxIterations = 5 });
        Assert.Equal(EstimationWarningKind.IllConditioned, Assert.Single(found.Warnings).Kind);
        Assert.True(found.ConditionNumber > 1e8);
    }

    private static double[] Unit(int dim) => [.. Enumerable.Range(0, dim * dim).Select(i => i % (dim + 1) == 0 ? 1.0 : 0)];
}
