using NceFast.Bench.Estimation;
using NceFast.Estimation;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Tests conditional noise-contrastive estimation: it recovers parameters without a normaliser or noise density.</summary>
public sealed class ConditionalNceTests
{
    [Theory]
    [InlineData("gaussian")]
    [InlineData("laplacian")]
    [InlineData("logistic")]
    [InlineData("quartic")]
    public void Estimate_is_within_its_standard_errors_of_the_truth(string name)
    {
        (UnnormalizedModel model, double[] data, double[] theta) = Truth(name, 8000);
        Estimate found = ConditionalNce.Fit(data, model, options: new EstimationOptions { Start = [.. theta.Select(t => 0.9 * t)], CheckGradient = true });
        double[] scaled = [.. found.Theta.Zip(theta, (a, b) => a - b).Zip(found.StandardErrors!, (e, s) => e / s)];
        Assert.True(scaled.Max(Math.Abs) < 4.5, $"an error is {scaled.Max(Math.Abs)} standard errors");
        Assert.InRange(scaled.Sum(s => s * s) / scaled.Length, 0.1, 3);
        Assert.All(found.StandardErrors![..^1], s => Assert.InRange(s, 1e-4, 0.5));
        Assert.True(double.IsNaN(found.C) && double.IsNaN(found.StandardErrors![^1]));
        Assert.Empty(found.Warnings);
        Assert.InRange(found.ConditionNumber!.Value, 1, 1e4);
        Assert.InRange(found.PerturbationScale!.Value, 0.05, 1.6);
        Assert.Equal(80_000, found.NoiseRows);
    }

    // The scatter of the estimates over many data sets must agree with the sandwich covariance.
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(3, 0.5)]
    [InlineData(10, 1.5)]
    public void Standard_errors_equal_the_scatter_of_repetitions(int perturbations, double scale)
    {
        const int Repetitions = 200;
        (double[] theta, double[] covariance, _) = Problems.Gaussian(2, 3);
        double[] squares = new double[3], predicted = new double[3];
        for (int r = 0; r < Repetitions; r++)
        {
            double[] data = Problems.GaussianRows(2, covariance, 500, (ulong)r + 1);
            Estimate found = ConditionalNce.Fit(data, new GaussianModel(2), perturbations, scale, Problems.OneThread with { Seed = (ulong)r + 1 });
            for (int i = 0; i < 3; i++)
            {
                squares[i] += Math.Pow(found.Theta[i] - theta[i], 2) / Repetitions;
                predicted[i] += Math.Pow(found.StandardErrors![i], 2) / Repetitions;
            }
        }

        for (int i = 0; i < 3; i++)
            Assert.InRange(squares[i] / predicted[i], 0.6, 1.4);
    }

    // In the limit of small perturbations the estimate is that of score matching, which for a Gaussian of mean 0 is maximum likelihood.
    [Fact]
    public void Small_perturbations_give_score_matching()
    {
        (_, double[] covariance, _) = Problems.Gaussian(2, 1);
        double[] data = Problems.GaussianRows(2, covariance, 2000, 2);
        Estimate best = MaximumLikelihood.Fit(data, new GaussianModel(2)), found = ConditionalNce.Fit(data, new GaussianModel(2), 100, 0.02);
        Assert.Equal(best.Theta[0], found.Theta[0], 0.03);
        Assert.Equal(best.Theta[1], found.Theta[1], 0.03);
        Assert.Equal(best.Theta[2], found.Theta[2], 0.03);
    }

    [Fact]
    public void Estimate_in_twenty_columns_is_near_the_truth_where_nce_with_moments_is_not()
    {
        const int Dim = 20;
        double[] theta = ProductQuartic.Truth(Dim), data = ProductQuartic.Draw(Dim, 5000, 1);
        Estimate conditional = ConditionalNce.Fit(data, new ProductQuartic(Dim));
        Estimate plain = NceEstimator.Fit(data, new ProductQuartic(Dim), GaussianNoise.FitTo(data, Dim), 10, new EstimationOptions { StandardErrors = false });
        Assert.True(10 * Error(conditional) < Error(plain), $"{Error(conditional)} against {Error(plain)}");
        Assert.InRange(Error(conditional), 0, 0.5);

        double Error(Estimate found) => found.Theta.Zip(theta, (a, b) => (a - b) * (a - b)).Average();
    }

    [Fact]
    public void Fit_does_not_depend_on_threads()
    {
        (_, double[] data, _) = Truth("laplacian", 5000);
        Estimate[] found = [.. new[] { 1, 2, 5 }.Select(threads => ConditionalNce.Fit(data, new IcaModel<LaplacianSource>(3), 4, options: new EstimationOptions { Threads = threads }))];
        Assert.Equal(found[0].Theta, found[1].Theta);
        Assert.Equal(found[0].Theta, found[2].Theta);
        Assert.Equal(found[0].Covariance, found[2].Covariance);
        Assert.Equal(found[0].PerturbationScale, found[2].PerturbationScale);
    }

    [Fact]
    public void Scale_does_not_depend_on_the_units_of_the_data()
    {
        (_, double[] data, _) = Truth("gaussian", 2000);
        double[] scaled = [.. data.Select((x, i) => x * (i % 3 == 0 ? 1000 : 0.001))];
        Estimate found = ConditionalNce.Fit(data, new GaussianModel(3)), other = ConditionalNce.Fit(scaled, new GaussianModel(3));
        Assert.Equal(found.PerturbationScale, other.PerturbationScale);
        Assert.Equal(found.Theta[0], other.Theta[0] * 1e6, 0.02 * found.Theta[0]);
    }

    [Fact]
    public void A_model_that_cannot_tell_data_from_perturbed_data_is_reported()
    {
        double[] data = new GaussianNoise([0], [1]).Draw(1000, 1);
        Estimate found = ConditionalNce.Fit(data, new Flat(), options: new EstimationOptions { StandardErrors = false });
        Assert.Equal(EstimationWarningKind.TrivialLoss, Assert.Single(found.Warnings).Kind);
        Assert.Contains("1.386", found.Warnings[0].Message, StringComparison.Ordinal);
        Assert.Empty(ConditionalNce.Fit(data, new Flat(), scale: 0.5, options: new EstimationOptions { StandardErrors = false }).Warnings);
    }

    private static (UnnormalizedModel Model, double[] Data, double[] Theta) Truth(string name, int rows)
    {
        switch (name)
        {
            case "gaussian":
                (double[] theta, double[] covariance, _) = Problems.Gaussian(3, 11);
                return (new GaussianModel(3), Problems.GaussianRows(3, covariance, rows, 12), theta);
            case "laplacian":
                (double[] data, double[] filters) = Problems.Ica<LaplacianSource>(3, rows, 21);
                return (new IcaModel<LaplacianSource>(3), data, filters);
            case "logistic":
                (data, filters) = Problems.Ica<LogisticSource>(3, rows, 21);
                return (new IcaModel<LogisticSource>(3), data, filters);
            default:
                return (new ProductQuartic(3), ProductQuartic.Draw(3, rows, 4), ProductQuartic.Truth(3));
        }
    }

    // A model whose density does not change where perturbations lead.
    private sealed class Flat : UnnormalizedModel
    {
        public override int Dim => 1;

        public override int ParameterCount => 1;

        public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
        {
            logPhi.Fill(theta[0]);
            gradient.Fill(1);
        }
    }
}
