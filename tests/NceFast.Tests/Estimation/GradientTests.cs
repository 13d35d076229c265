using NceFast.Estimation;
using NceFast.Estimation.Internals;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Compares the gradients of models, of log Z and of each objective with finite differences.</summary>
public sealed class GradientTests
{
    public static TheoryData<string> Names => ["gaussian", "laplacian", "logistic", "categorical"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_of_the_model_equals_finite_differences(string name)
    {
        (UnnormalizedModel model, double[] rows, double[] theta) = Case(name);
        GradientCheck.Verify(model, rows, theta);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_of_log_z_equals_finite_differences(string name)
    {
        (UnnormalizedModel model, _, double[] theta) = Case(name);
        var tractable = (ITractableModel)model;
        var gradient = new double[theta.Length];
        tractable.LogZ(theta, gradient);
        Check(theta, gradient, point => tractable.LogZ(point, default));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_of_the_objectives_equals_finite_differences(string name)
    {
        (UnnormalizedModel model, double[] rows, double[] theta) = Case(name);
        NoiseDensity noise = Noise(model, rows);
        RowSet data = InputChecks.WithNoise(InputChecks.Data(model, rows), noise, 3, Problems.OneThread, default);
        RowSet drawn = FitSteps.DrawNoise(noise, 300, 3, Problems.OneThread, default);
        CheckObjective(new NceObjective(model, data, drawn, 1, default), [.. theta, 0.3]);
        CheckObjective(new LikelihoodObjective(model, new ExactNormalizer((ITractableModel)model), data, 1, default), theta);
        CheckObjective(new LikelihoodObjective(model, new SampledNormalizer(model, drawn, 1, default), data, 1, default), theta);
    }

    [Theory]
    [InlineData("gaussian")]
    [InlineData("laplacian")]
    [InlineData("logistic")]
    public void Gradient_of_conditional_nce_equals_finite_differences(string name)
    {
        (UnnormalizedModel model, double[] rows, double[] theta) = Case(name);
        RowSet data = InputChecks.Data(model, rows);
        foreach (int perturbations in new[] { 1, 3, 4 })
        {
            PerturbedRows groups = PerturbationKernel.Of(data, model.Dim).Draw(perturbations, 0.7, Problems.OneThread, default);
            var objective = new ConditionalObjective(model, groups, 1, default);
            CheckObjective(objective, theta);
            CheckObjective(new ScaledObjective(objective, [.. theta.Select((_, i) => 0.5 + i)]), theta);
            Assert.Equal(Brute(model, groups, theta), objective.Evaluate(theta, new double[theta.Length]), 1e-10);
        }
    }

    // exp(log phi - log Z) must integrate to 1. The mean of its ratio to a known density, over rows drawn from that density, is 1.
    [Theory]
    [MemberData(nameof(Names))]
    public void Log_z_is_the_log_of_the_integral(string name)
    {
        (UnnormalizedModel model, double[] rows, double[] theta) = Case(name);
        NoiseDensity noise = name == "categorical" ? Noise(model, rows) : new MixtureNoise((1, Noise(model, rows)), (1, Wide(model.Dim)));
        RowSet drawn = FitSteps.DrawNoise(noise, 200_000, 1, Problems.OneThread, default);
        double sampled = new SampledNormalizer(model, drawn, 2, default).LogZ(theta, default);
        Assert.Equal(((ITractableModel)model).LogZ(theta, default), sampled, 0.02);
    }

    [Fact]
    public void Log_z_of_a_precision_that_is_not_positive_definite_is_infinite()
    {
        Assert.Equal(double.PositiveInfinity, new GaussianModel(2).LogZ([1, 2, 1], new double[3]));
        Assert.Equal(double.PositiveInfinity, new IcaModel<LaplacianSource>(2).LogZ([1, 2, 2, 4], new double[4]));
    }

    internal static (UnnormalizedModel Model, double[] Rows, double[] Theta) Case(string name)
    {
        switch (name)
        {
            case "gaussian":
                (double[] theta, double[] covariance, _) = Problems.Gaussian(3, 5);
                return (new GaussianModel(3), Problems.GaussianRows(3, covariance, 100, 6), theta);
            case "laplacian":
                (double[] rows, double[] filters) = Problems.Ica<LaplacianSource>(3, 100, 7);
                return (new IcaModel<LaplacianSource>(3), rows, filters);
            case "logistic":
                (rows, filters) = Problems.Ica<LogisticSource>(3, 100, 8);
                return (new IcaModel<LogisticSource>(3), rows, filters);
            default:
                return (new CategoricalModel(4), [.. Enumerable.Range(0, 100).Select(i => i % 7 % 4)], [0.5, -1, 2]);
        }
    }

    internal static NoiseDensity Noise(UnnormalizedModel model, double[] rows) =>
        model is CategoricalModel ? new CategoricalNoise(NoiseDistribution.FromWeights([1, 2, 3, 1])) : GaussianNoise.FitTo(rows, model.Dim);

    private static GaussianNoise Wide(int dim) =>
        new(new double[dim], [.. Enumerable.Range(0, dim * dim).Select(i => i % (dim + 1) == 0 ? 30.0 : 0)]);

    // The loss of Ceylan and Gutmann 2018, pair by pair.
    private static double Brute(UnnormalizedModel model, PerturbedRows groups, double[] theta)
    {
        int size = 1 + groups.Perturbations;
        var logPhi = new double[groups.Count * size];
        model.Evaluate(groups.Values, theta, logPhi, default);
        double sum = 0;
        for (int i = 0; i < logPhi.Length; i += size)
        {
            for (int j = 1; j < size; j++)
                sum += Math.Log(1 + Math.Exp(logPhi[i + j] - logPhi[i]));
        }

        return 2 * sum / groups.Perturbations / groups.Count;
    }

    private static void CheckObjective(EstimationObjective objective, double[] point)
    {
        var gradient = new double[objective.Length];
        objective.Evaluate(point, gradient);
        Check(point, gradient, p => objective.Evaluate(p, new double[objective.Length]));
    }

    private static void Check(double[] point, double[] gradient, Func<double[], double> value)
    {
        const double Step = 1e-6;
        for (int i = 0; i < point.Length; i++)
        {
            double[] up = [.. point], down = [.. point];
            up[i] += Step;
            down[i] -= Step;
            Assert.Equal((value(up) - value(down)) / (2 * Step), gradient[i], 1e-5 * Math.Max(1, Math.Abs(gradient[i])));
        }
    }
}
