using NceFast.Bench.Estimation;
using NceFast.Estimation;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Tests telescoping density-ratio estimation where a single ratio fails.</summary>
public sealed class TelescopingTests
{
    // The data are a thousand times narrower than the noise, the toy problem of Rhodes, Xu and Gutmann 2020, section 4.1.
    [Fact]
    public void Narrow_data_far_from_the_noise_have_the_right_density_and_normaliser()
    {
        const double Width = 1e-3;
        double[] data = new GaussianNoise([0], [Width * Width]).Draw(8000, 1), other = new GaussianNoise([0], [Width * Width]).Draw(2000, 2);
        var noise = new GaussianNoise([0], [1]);
        double[] theta = [1 / (Width * Width)];
        double logZ = 0.5 * Math.Log(2 * Math.PI * Width * Width);
        TelescopedDensity found = TelescopingRatios.Fit(data, new GaussianModel(1), noise, nu: 2);
        Assert.Empty(found.Warnings);
        Assert.Equal(logZ, found.LogZ(new GaussianModel(1), theta, other), 0.15);
        double telescoped = Math.Abs(found.Links.Sum(l => l.Theta[0]) + 1 - theta[0]) / theta[0];
        Assert.InRange(telescoped, 0, 0.2);
        Estimate plain = NceEstimator.Fit(data, new GaussianModel(1), noise, 1, new EstimationOptions { StandardErrors = false, Start = [1] });
        Assert.True(Math.Abs(plain.Theta[0] - theta[0]) / theta[0] > 2 * telescoped || Math.Abs(-plain.C - logZ) > 0.5, $"plain: {plain.Theta[0]}, {-plain.C}; telescoped error {telescoped}, {found.LogZ(new GaussianModel(1), theta, other)}");
    }

    // Ten pairs of columns with a correlation of 0.95. The noise has the same mean and variance of each column.
    [Fact]
    public void Density_in_twenty_columns_is_near_the_truth_where_a_single_ratio_is_not()
    {
        (double[] theta, double[] covariance, double logZ) = CorrelatedPairs.Create(20);
        var density = new GaussianNoise(new double[20], covariance);
        double[] data = density.Draw(4000, 1), other = density.Draw(2000, 2);
        var model = new GaussianModel(20);
        TelescopedDensity found = TelescopingRatios.Fit(data, model, CorrelatedPairs.Noise(20));
        Estimate plain = NceEstimator.Fit(data, model, CorrelatedPairs.Noise(20), 1, new EstimationOptions { StandardErrors = false });
        double telescoped = Math.Abs(found.LogZ(model, theta, other) - logZ), single = Math.Abs(-plain.C - logZ);
        Assert.InRange(telescoped, 0, 1);
        Assert.True(10 * telescoped < single, $"{telescoped} against {single}");
    }

    [Fact]
    public void Log_density_is_the_sum_of_the_noise_and_the_ratios()
    {
        double[] data = new GaussianNoise([0, 0], [0.1, 0, 0, 0.2]).Draw(500, 1), row = [0.2, -0.1], values = new double[1], expected = new double[1], phi = new double[1];
        var noise = new GaussianNoise([0, 0], [1, 0, 0, 1]);
        TelescopedDensity found = TelescopingRatios.Fit(data, new GaussianModel(2), noise, bridges: 3);
        found.LogDensity(row, values);
        noise.LogDensity(row, expected);
        foreach (Estimate link in found.Links)
        {
            new GaussianModel(2).Evaluate(row, link.Theta, phi, default);
            expected[0] += phi[0] + link.C;
        }

        Assert.Equal(expected[0], values[0], 1e-12);
        Assert.Equal(4, found.Links.Count);
        Assert.Equal(5, found.Places.Count);
        Assert.Equal(found.Places.Order(), found.Places);
        Assert.Equal(0, found.Places[0]);
        Assert.Equal(1, found.Places[4]);
        Assert.All(found.Links, link => Assert.InRange(link.NoiseOverlap!.Value, 0.2, 1));
    }

    [Fact]
    public void Too_few_bridges_are_reported()
    {
        double[] data = new GaussianNoise([0], [1e-12]).Draw(1000, 1);
        TelescopedDensity found = TelescopingRatios.Fit(data, new GaussianModel(1), new GaussianNoise([0], [1]), bridges: 1);
        Assert.Contains(found.Warnings, w => w.Kind == EstimationWarningKind.LittleOverlap && w.Message.Contains("Ratio 0 of 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Fit_does_not_depend_on_threads()
    {
        double[] data = new GaussianNoise([0, 0], [0.01, 0, 0, 0.2]).Draw(3000, 1);
        TelescopedDensity[] found = [.. new[] { 1, 2, 5 }.Select(threads => TelescopingRatios.Fit(data, new GaussianModel(2), new GaussianNoise([0, 0], [1, 0, 0, 1]), nu: 2, options: new EstimationOptions { Threads = threads }))];
        Assert.Equal(found[0].Links.Select(l => l.C), found[1].Links.Select(l => l.C));
        Assert.Equal(found[0].Links.SelectMany(l => l.Theta), found[2].Links.SelectMany(l => l.Theta));
        Assert.Equal(found[0].Places, found[2].Places);
    }
}
