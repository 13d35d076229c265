using NceFast.Estimation;
using NceFast.Sampling;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Compares estimates with true values, closed forms and their own standard errors.</summary>
public sealed class EstimatorTests
{
    [Theory]
    [InlineData("gaussian", 5, 8000)]
    [InlineData("categorical", 8, 8000)]
    [InlineData("laplacian", 3, 8000)]
    [InlineData("logistic", 3, 8000)]
    public void Estimate_is_within_its_standard_errors_of_the_truth(string name, int size, int rows)
    {
        (UnnormalizedModel model, NoiseDensity noise, double[] data, double[] theta, double c) = Truth(name, size, rows);
        Estimate found = NceEstimator.Fit(data, model, noise, 5, new EstimationOptions { Start = [.. theta.Select(t => 0.9 * t)], CheckGradient = true });
        Assert.True(found.Convergence is Convergence.Gradient or Convergence.NoProgress, $"{found.Convergence} at gradient {found.GradientNorm}");
        double[] errors = [.. found.Theta.Zip(theta, (a, b) => a - b), found.C - c];
        double[] scaled = [.. errors.Zip(found.StandardErrors!, (e, s) => e / s)];
        double mean = scaled.Sum(s => s * s) / scaled.Length;
        Assert.True(scaled.Max(Math.Abs) < 4.5, $"an error is {scaled.Max(Math.Abs)} standard errors");
        Assert.InRange(mean, 0.1, 3); // The terms are chi-squared and correlated.
        Assert.All(found.StandardErrors!, s => Assert.InRange(s, 1e-4, 0.3));
    }

    // Solves one problem many times. The variance of the estimates must agree with theorem 3, for noise that differs from the data.
    [Fact]
    public void Standard_errors_equal_the_scatter_of_repetitions()
    {
        const int Repetitions = 200;
        (double[] theta, double[] covariance, double c) = Problems.Gaussian(2, 3);
        var noise = new GaussianNoise([0.3, -0.2], [2, 0, 0, 1.5]);
        double[] squares = new double[4], predicted = new double[4], truth = [.. theta, c];
        for (int r = 0; r < Repetitions; r++)
        {
            double[] data = Problems.GaussianRows(2, covariance, 1000, (ulong)r + 1);
            Estimate found = NceEstimator.Fit(data, new GaussianModel(2), noise, 2, Problems.OneThread with { Seed = (ulong)r + 1 });
            double[] point = [.. found.Theta, found.C];
            for (int i = 0; i < 4; i++)
            {
                squares[i] += Math.Pow(point[i] - truth[i], 2) / Repetitions;
                predicted[i] += Math.Pow(found.StandardErrors![i], 2) / Repetitions;
            }
        }

        // A variance over 200 repetitions has a relative standard deviation of 10 %. Four standard deviations are allowed.
        for (int i = 0; i < 4; i++)
            Assert.InRange(squares[i] / predicted[i], 0.6, 1.4);
    }

    [Fact]
    public void Maximum_likelihood_equals_the_closed_form()
    {
        (_, double[] covariance, _) = Problems.Gaussian(3, 1);
        double[] data = Problems.GaussianRows(3, covariance, 500, 2);
        Estimate found = MaximumLikelihood.Fit(data, new GaussianModel(3));
        var moments = MathNet.Numerics.LinearAlgebra.Matrix<double>.Build.Dense(3, 3, (i, j) => Enumerable.Range(0, 500).Sum(r => data[(r * 3) + i] * data[(r * 3) + j]) / 500);
        double[] expected = moments.Inverse().ToRowMajorArray(), precision = new GaussianModel(3).Precision(found.Theta);
        for (int i = 0; i < 9; i++)
            Assert.Equal(expected[i], precision[i], 1e-4);
        Assert.Equal((-0.5 * Math.Log(moments.Determinant())) - (1.5 * Math.Log(2 * Math.PI)), found.C, 1e-4);

        double[] classes = [0, 0, 0, 0, 1, 1, 2];
        found = MaximumLikelihood.Fit(classes, new CategoricalModel(3));
        Assert.Equal(Math.Log(0.5), found.Theta[0], 1e-5);
        Assert.Equal(Math.Log(0.25), found.Theta[1], 1e-5);
        Assert.Equal(Math.Log(4.0 / 7), found.C, 1e-5);
    }

    // The Fisher information of the log odds of two classes is p q.
    [Fact]
    public void Standard_errors_of_maximum_likelihood_follow_from_the_information()
    {
        double[] classes = [.. Enumerable.Range(0, 1000).Select(i => i % 4 == 0 ? 1.0 : 0)];
        Estimate found = MaximumLikelihood.Fit(classes, new CategoricalModel(2));
        Assert.Equal(Math.Sqrt(1 / (1000 * 0.25 * 0.75)), found.StandardErrors![0], 1e-5);
        Assert.Equal(Math.Sqrt(0.25 / (1000 * 0.75)), found.StandardErrors![1], 1e-5);
    }

    [Fact]
    public void Nce_tends_to_maximum_likelihood_as_nu_grows()
    {
        (_, double[] covariance, _) = Problems.Gaussian(2, 1);
        double[] data = Problems.GaussianRows(2, covariance, 300, 2);
        var model = new GaussianModel(2);
        Estimate best = MaximumLikelihood.Fit(data, model), sampled = ImportanceSampling.Fit(data, model, GaussianNoise.FitTo(data, 2), 300);
        double[] gaps = [.. new[] { 1.0, 30, 900 }.Select(nu => Gap(NceEstimator.Fit(data, model, GaussianNoise.FitTo(data, 2), nu, new EstimationOptions { StandardErrors = false })))];
        Assert.True(gaps[1] < gaps[0] && gaps[2] < gaps[1], string.Join(", ", gaps));
        Assert.True(gaps[2] < 0.02, $"{gaps[2]} at nu = 900");
        Assert.True(Gap(sampled) < 0.05, $"{Gap(sampled)} by importance sampling");

        double Gap(Estimate found) => found.Theta.Zip(best.Theta, (a, b) => Math.Abs(a - b)).Max();
    }

    [Theory]
    [InlineData(RateSchedule.Linear, 0.1)]
    [InlineData(RateSchedule.Halving, 0.1)]
    [InlineData(RateSchedule.AdaGrad, 0.1)]
    public void Stochastic_estimation_comes_near_the_full_batch(RateSchedule schedule, double rate)
    {
        (double[] theta, double[] covariance, double c) = Problems.Gaussian(2, 1);
        double[] data = Problems.GaussianRows(2, covariance, 4000, 2);
        var options = new EstimationOptions { Stochastic = new StochasticOptions { Schedule = schedule, LearningRate = rate, Epochs = 20 } };
        Estimate found = NceEstimator.Fit(data, new GaussianModel(2), GaussianNoise.FitTo(data, 2), 5, options);
        Assert.Equal(Convergence.ScheduleEnd, found.Convergence);
        Assert.True(found.Theta.Zip(theta, (a, b) => Math.Abs(a - b)).Max() < 0.15, string.Join(", ", found.Theta.Zip(theta)));
        Assert.Equal(c, found.C, 0.15);
    }

    [Fact]
    public void Fit_does_not_depend_on_threads()
    {
        (_, double[] covariance, _) = Problems.Gaussian(3, 1);
        double[] data = Problems.GaussianRows(3, covariance, 3000, 2);
        Estimate[] found = [.. new[] { 1, 2, 5 }.Select(threads => NceEstimator.Fit(data, new GaussianModel(3), GaussianNoise.FitTo(data, 3), 4, new EstimationOptions { Threads = threads }))];
        Assert.Equal(found[0].Theta, found[1].Theta);
        Assert.Equal(found[0].Theta, found[2].Theta);
        Assert.Equal(found[0].Covariance, found[2].Covariance);
        Assert.Equal(found[0].Evaluations, found[2].Evaluations);
    }

    [Fact]
    public void Fit_reports_its_progress_and_ends_when_cancelled()
    {
        (_, double[] covariance, _) = Problems.Gaussian(3, 1);
        double[] data = Problems.GaussianRows(3, covariance, 3000, 2);
        using var cancel = new CancellationTokenSource();
        var seen = new List<EstimationProgress>();
        var progress = new Listener(p =>
        {
            seen.Add(p);
            if (p.Evaluations == 3)
                cancel.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => NceEstimator.Fit(data, new GaussianModel(3), GaussianNoise.FitTo(data, 3), 4, progress: progress, cancellation: cancel.Token));
        Assert.Equal([1, 2, 3], seen.Select(p => p.Evaluations));
        Assert.All(seen, p => Assert.True(p.Objective > 0 && p.GradientNorm > 0));
    }

    [Fact]
    public void Fit_reports_that_it_did_not_converge()
    {
        (_, double[] covariance, _) = Problems.Gaussian(3, 1);
        double[] data = Problems.GaussianRows(3, covariance, 300, 2);
        Estimate found = NceEstimator.Fit(data, new GaussianModel(3), GaussianNoise.FitTo(data, 3), 4, new EstimationOptions { MaxIterations = 2 });
        Assert.Equal(Convergence.IterationLimit, found.Convergence);
    }

    // A small version of the problem of training: c is -log Z of a softmax whose first word has score 0.
    [Fact]
    public void Categorical_with_unigram_noise_learns_the_softmax_and_its_normaliser()
    {
        double[] p = [0.5, 0.25, 0.125, 0.125];
        double[] data = [.. Enumerable.Range(0, 4000).Select(i => (i % 8) switch { < 4 => 0.0, < 6 => 1, 6 => 2, _ => 3 })];
        var noise = new CategoricalNoise(NoiseDistribution.Create(NoiseKind.Unigram, [2000, 1000, 500, 500], 0.75));
        Estimate found = NceEstimator.Fit(data, new CategoricalModel(4), noise, 25);
        Assert.Equal(Math.Log(p[0]), found.C, 4 * found.StandardErrors![3]);
        for (int w = 1; w < 4; w++)
            Assert.Equal(Math.Log(p[w] / p[0]), found.Theta[w - 1], 4 * found.StandardErrors![w - 1]);
    }

    private static (UnnormalizedModel Model, NoiseDensity Noise, double[] Data, double[] Theta, double C) Truth(string name, int size, int rows)
    {
        switch (name)
        {
            case "gaussian":
                (double[] theta, double[] covariance, double c) = Problems.Gaussian(size, 11);
                double[] data = Problems.GaussianRows(size, covariance, rows, 12);
                return (new GaussianModel(size), GaussianNoise.FitTo(data, size), data, theta, c);
            case "categorical":
                theta = [.. Enumerable.Range(1, size - 1).Select(i => Math.Sin(i))];
                var distribution = NoiseDistribution.FromWeights([1, .. theta.Select(Math.Exp)]);
                var uniform = new CategoricalNoise(NoiseDistribution.FromWeights([.. Enumerable.Repeat(1.0, size)]));
                return (new CategoricalModel(size), uniform, new CategoricalNoise(distribution).Draw(rows, 4), theta, -Math.Log(1 + theta.Sum(Math.Exp)));
            case "laplacian":
                return Ica<LaplacianSource>(size, rows);
            default:
                return Ica<LogisticSource>(size, rows);
        }
    }

    private static (UnnormalizedModel, NoiseDensity, double[], double[], double) Ica<TSource>(int size, int rows)
        where TSource : struct, ISourceDensity
    {
        (double[] data, double[] filters) = Problems.Ica<TSource>(size, rows, 21);
        var model = new IcaModel<TSource>(size);
        return (model, GaussianNoise.FitTo(data, size), data, filters, -model.LogZ(filters, default));
    }

    private sealed class Listener(Action<EstimationProgress> action) : IProgress<EstimationProgress>
    {
        public void Report(EstimationProgress value) => action(value);
    }
}
