using NceFast.Bench.Estimation;
using NceFast.Estimation;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Tests annealed noise-contrastive estimation: log Z of models whose normaliser is known.</summary>
public sealed class AnnealedNceTests
{
    [Theory]
    [InlineData("gaussian", 20)]
    [InlineData("laplacian", 4)]
    [InlineData("quartic", 20)]
    [InlineData("narrow", 1)]
    [InlineData("shifted", 3)]
    public void Log_z_is_within_its_standard_error_of_the_truth(string name, int dim)
    {
        (UnnormalizedModel model, double[] theta, NoiseDensity noise, double logZ) = Truth(name, dim);
        NormalizerEstimate found = AnnealedNce.EstimateLogZ(model, theta, noise);
        Assert.True(Math.Abs(found.LogZ - logZ) < 5 * found.StandardError, $"{found.LogZ} +- {found.StandardError}, but the truth is {logZ}; {found.Places.Count} places");
        Assert.InRange(found.StandardError, 1e-4, 0.15);
        Assert.Empty(found.Warnings);
        Assert.Equal(found.Places.Count - 1, found.LogRatios.Count);
        Assert.Equal(found.LogZ, found.LogRatios.Sum(), 1e-9);
        Assert.Equal(1, found.Places[^1]);
    }

    [Fact]
    public void Standard_error_equals_the_scatter_of_repetitions()
    {
        (UnnormalizedModel model, double[] theta, NoiseDensity noise, double logZ) = Truth("quartic", 4);
        NormalizerEstimate[] found = [.. Enumerable.Range(1, 60).Select(seed => AnnealedNce.EstimateLogZ(model, theta, noise, 500, options: Problems.OneThread with { Seed = (ulong)seed }))];
        double scatter = Math.Sqrt(found.Average(f => (f.LogZ - logZ) * (f.LogZ - logZ))), predicted = found.Average(f => f.StandardError);
        Assert.InRange(scatter / predicted, 0.6, 1.5);
        Assert.InRange(found.Average(f => f.LogZ) - logZ, -4 * predicted / Math.Sqrt(60), 4 * predicted / Math.Sqrt(60));
    }

    [Fact]
    public void Bridges_may_be_given()
    {
        (UnnormalizedModel model, double[] theta, NoiseDensity noise, double logZ) = Truth("quartic", 5);
        NormalizerEstimate found = AnnealedNce.EstimateLogZ(model, theta, noise, bridges: 9);
        Assert.Equal([.. Enumerable.Range(0, 11).Select(k => k / 10.0)], found.Places.Select(t => Math.Round(t, 12)));
        Assert.Equal(logZ, found.LogZ, 5 * found.StandardError);
    }

    [Fact]
    public void Too_few_bridges_are_reported()
    {
        (UnnormalizedModel model, double[] theta, NoiseDensity noise, _) = Truth("narrow", 1);
        NormalizerEstimate found = AnnealedNce.EstimateLogZ(model, theta, noise, bridges: 1);
        Assert.Contains(found.Warnings, w => w.Kind == EstimationWarningKind.LittleOverlap);
    }

    [Fact]
    public void Estimate_does_not_depend_on_threads()
    {
        (UnnormalizedModel model, double[] theta, NoiseDensity noise, _) = Truth("laplacian", 4);
        NormalizerEstimate[] found = [.. new[] { 1, 2, 5 }.Select(threads => AnnealedNce.EstimateLogZ(model, theta, noise, 3000, options: new EstimationOptions { Threads = threads }))];
        Assert.Equal(found[0].LogRatios, found[1].LogRatios);
        Assert.Equal(found[0].LogRatios, found[2].LogRatios);
        Assert.Equal(found[0].StandardError, found[2].StandardError);
        Assert.NotEqual(found[0].LogZ, AnnealedNce.EstimateLogZ(model, theta, noise, 3000, options: new EstimationOptions { Seed = 2 }).LogZ);
    }

    private static (UnnormalizedModel Model, double[] Theta, NoiseDensity Noise, double LogZ) Truth(string name, int dim)
    {
        switch (name)
        {
            case "gaussian":
                (double[] theta, double[] covariance, double c) = Problems.Gaussian(dim, 3);
                return (new GaussianModel(dim), theta, Wide(dim, 0, 3), -c);
            case "laplacian":
                (double[] rows, double[] filters) = Problems.Ica<LaplacianSource>(dim, 2000, 7);
                var model = new IcaModel<LaplacianSource>(dim);
                return (model, filters, GaussianNoise.FitTo(rows, dim), model.LogZ(filters, default));
            case "quartic":
                double[] data = ProductQuartic.Draw(dim, 2000, 3);
                return (new ProductQuartic(dim), ProductQuartic.Truth(dim), GaussianNoise.FitTo(data, dim), new ProductQuartic(dim).LogZ(ProductQuartic.Truth(dim), default));
            case "narrow":
                return (new GaussianModel(1), [1e6], Wide(1, 0, 1), 0.5 * Math.Log(2 * Math.PI * 1e-6));
            default:
                (theta, _, c) = Problems.Gaussian(dim, 5);
                return (new GaussianModel(dim), theta, Wide(dim, 6, 1), -c);
        }
    }

    private static GaussianNoise Wide(int dim, double mean, double variance) =>
        new([.. Enumerable.Repeat(mean, dim)], [.. Enumerable.Range(0, dim * dim).Select(i => i % (dim + 1) == 0 ? variance : 0)]);
}
