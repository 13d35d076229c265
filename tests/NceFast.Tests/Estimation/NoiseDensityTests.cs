using NceFast.Estimation;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Tests that the density and the sampler of each noise belong to the same distribution.</summary>
public sealed class NoiseDensityTests
{
    public static TheoryData<string> Names => ["gaussian", "box", "mixture"];

    // The fraction of drawn rows in each cell of a grid must be the integral of the density over the cell.
    [Theory]
    [MemberData(nameof(Names))]
    public void Draws_follow_the_density(string name)
    {
        const int Rows = 200_000, Fine = 20;
        NoiseDensity noise = Make(name);
        double[] draws = noise.Draw(Rows, 3);
        var counts = new Dictionary<(int, int), int>();
        for (int r = 0; r < Rows; r++)
        {
            (int, int) cell = ((int)Math.Floor(draws[2 * r]), (int)Math.Floor(draws[(2 * r) + 1]));
            counts[cell] = counts.GetValueOrDefault(cell) + 1;
        }

        double total = 0;
        for (int x = -8; x < 8; x++)
        {
            for (int y = -8; y < 8; y++)
            {
                double mass = Mass(noise, x, y, Fine), error = 5 * Math.Sqrt((mass * Rows) + 1);
                Assert.Equal(mass * Rows, counts.GetValueOrDefault((x, y)), error + (1e-3 * mass * Rows));
                total += mass;
            }
        }

        Assert.Equal(1, total, 1e-3);
    }

    [Fact]
    public void A_fitted_density_has_the_mean_and_covariance_of_the_data()
    {
        double[] data = [1, 2, 3, 5, 0, -1, 2, 2];
        var noise = GaussianNoise.FitTo(data, 2);
        double[] mean = [1.5, 2], covariance = [1.25, 2.25, 2.25, 4.5], values = new double[1], expected = new double[1];
        noise.LogDensity([0.3, 0.7], values);
        new GaussianNoise(mean, covariance).LogDensity([0.3, 0.7], expected);
        Assert.Equal(expected[0], values[0], 1e-12);
    }

    [Fact]
    public void A_draw_is_a_function_of_the_seed()
    {
        NoiseDensity noise = Make("mixture");
        Assert.Equal(noise.Draw(3000, 5), noise.Draw(3000, 5));
        Assert.NotEqual(noise.Draw(3000, 5), noise.Draw(3000, 6));
        Assert.Equal(noise.Draw(1024, 5), noise.Draw(3000, 5)[..2048]);
    }

    [Fact]
    public void Draw_sequence_is_uniform_and_normal_beyond_its_buffer()
    {
        const int Draws = 100_000;
        var draws = new DrawSequence(9);
        double[] uniform = [.. Enumerable.Range(0, Draws).Select(_ => draws.NextUniform())], normal = [.. Enumerable.Range(0, Draws).Select(_ => draws.NextNormal())];
        Assert.All(uniform, u => Assert.True(u > 0 && u < 1));
        Assert.Equal(0.5, uniform.Average(), 5 / Math.Sqrt(12.0 * Draws));
        Assert.Equal(1 / 3.0, uniform.Average(u => u * u), 5 * Math.Sqrt(4 / 45.0 / Draws));
        Assert.Equal(Draws, uniform.Distinct().Count());
        Assert.Equal(0, normal.Average(), 5 / Math.Sqrt(Draws));
        Assert.Equal(1, normal.Average(x => x * x), 5 * Math.Sqrt(2.0 / Draws));
        Assert.Equal(3, normal.Average(x => x * x * x * x), 5 * Math.Sqrt(96.0 / Draws));
    }

    [Theory]
    [InlineData("laplacian")]
    [InlineData("logistic")]
    public void Sources_have_variance_one_and_the_normaliser_of_their_kernel(string name)
    {
        (Func<DrawSequence, double> draw, Func<double, double> logKernel, double logZ) = name == "laplacian"
            ? ((Func<DrawSequence, double>)LaplacianSource.Sample, (Func<double, double>)LaplacianSource.LogKernel, LaplacianSource.LogZ)
            : (LogisticSource.Sample, LogisticSource.LogKernel, LogisticSource.LogZ);
        double mass = 0, variance = 0;
        for (double s = -40; s < 40; s += 1e-3)
        {
            double p = Math.Exp(logKernel(s + 5e-4) - logZ) * 1e-3;
            mass += p;
            variance += p * s * s;
        }

        Assert.Equal(1, mass, 1e-4);
        Assert.Equal(1, variance, 1e-3);
        var draws = new DrawSequence(4);
        double[] sample = [.. Enumerable.Range(0, 100_000).Select(_ => draw(draws))];
        Assert.Equal(0, sample.Average(), 0.02);
        Assert.Equal(1, sample.Average(s => s * s), 0.04);
        Assert.Equal(sample.Average(Math.Abs), name == "laplacian" ? 1 / Math.Sqrt(2) : 2 * Math.Log(2) * Math.Sqrt(3) / Math.PI, 0.01);
    }

    private static NoiseDensity Make(string name) => name switch
    {
        "gaussian" => new GaussianNoise([0.5, -1], [1.5, 0.6, 0.6, 0.8]),
        "box" => new UniformBoxNoise([-2.5, 0.25], [1, 3]),
        _ => new MixtureNoise((3, new GaussianNoise([1, 1], [1, -0.5, -0.5, 1])), (1, new UniformBoxNoise([-4, -4], [4, 4]))),
    };

    private static double Mass(NoiseDensity noise, int x, int y, int fine)
    {
        double[] points = [.. Enumerable.Range(0, fine * fine).SelectMany(i => new[] { x + (((i % fine) + 0.5) / fine), y + (((i / fine) + 0.5) / fine) })];
        var values = new double[fine * fine];
        noise.LogDensity(points, values);
        return values.Sum(Math.Exp) / (fine * fine);
    }
}
