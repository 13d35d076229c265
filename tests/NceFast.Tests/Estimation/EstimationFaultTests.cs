using NceFast.Estimation;
using NceFast.Numerics;
using NceFast.Sampling;
using Xunit;

namespace NceFast.Tests.Estimation;

/// <summary>Each fault is reported with what was found, what is allowed, where, and what to do.</summary>
public sealed class EstimationFaultTests
{
    private static readonly GaussianModel Model = new(2);
    private static readonly GaussianNoise Noise = new([0, 0], [1, 0, 0, 1]);
    private static readonly double[] Data = Noise.Draw(100, 1);

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Nu_must_be_finite_and_positive(double nu)
    {
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, Noise, nu), $"nu is {nu.ToString(System.Globalization.CultureInfo.InvariantCulture)}", "above 0");
        Expect(ErrorKind.Usage, () => ImportanceSampling.Fit(Data, Model, Noise, nu), "above 0");
    }

    [Fact]
    public void Nu_must_give_at_least_one_noise_row_and_fit_in_memory()
    {
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, Noise, 0.001), "less than one noise row", "0.005");
        Expect(ErrorKind.Memory, () => NceEstimator.Fit(Data, Model, Noise, 1e12), "Reduce nu");
    }

    [Fact]
    public void Sizes_must_fit_arrays_and_streams()
    {
        double[] classes = [.. Enumerable.Range(0, 50_001).Select(w => (double)w)];
        Expect(ErrorKind.Memory, () => MaximumLikelihood.Fit(classes, new CategoricalModel(50_001)), "50,001 unknowns", "StandardErrors to false");
        var steps = new EstimationOptions { StandardErrors = false, Stochastic = new StochasticOptions { BatchRows = 1 } };
        double[] rows = new GaussianNoise([0], [1]).Draw((1 << 20) + 1, 1);
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(rows, new GaussianModel(1), new GaussianNoise([0], [1]), 0.001, steps), "1,048,577 steps", "Increase BatchRows");
        Expect(ErrorKind.Input, () => UniformBoxNoise.Around(Data.AsSpan(1), 2), "a multiple of the 2 values of a row");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void Rows_must_be_finite(double value)
    {
        double[] data = [.. Data];
        data[41] = value;
        data[77] = double.NaN;
        Expect(ErrorKind.Input, () => NceEstimator.Fit(data, Model, Noise, 1), "Row 20, column 1", "2 of 100 rows");
        Expect(ErrorKind.Input, () => MaximumLikelihood.Fit(data, Model), "Row 20, column 1");
        Expect(ErrorKind.Input, () => GaussianNoise.FitTo(data, 2), "Row 20, column 1");
    }

    [Fact]
    public void Rows_must_be_complete_and_at_least_as_many_as_the_parameters()
    {
        Expect(ErrorKind.Input, () => NceEstimator.Fit(Data.AsMemory(0, 99), Model, Noise, 1), "99 values", "not a multiple of the 2 values of a row");
        Expect(ErrorKind.Input, () => NceEstimator.Fit(Data.AsMemory(0, 6), Model, Noise, 1), "3 rows, but the model has 4 unknowns");
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, new GaussianNoise([0], [1]), 1), "rows of 1 values but the model has rows of 2");
    }

    [Fact]
    public void Noise_must_have_density_where_the_data_are()
    {
        double[] data = [.. Data];
        data[10] = 5.5;
        data[60] = -7;
        Expect(ErrorKind.Input, () => NceEstimator.Fit(data, Model, new UniformBoxNoise([-5, -5], [5, 5]), 1), "data row 5 (counted from 0), which is (5.5,", "ratio of the densities is infinite", "2 of 100 rows");
        NceEstimator.Fit(data, Model, UniformBoxNoise.Around(data, 2), 5);
    }

    [Fact]
    public void Noise_must_have_density_where_its_samples_are() =>
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, new Lopsided(), 1), "noise row", "the same distribution");

    [Fact]
    public void Singular_data_are_named_by_column()
    {
        double[] constant = [.. Data], dependent = [.. Data];
        for (int i = 0; i < 200; i += 2)
        {
            constant[i] = 3;
            dependent[i + 1] = -2 * dependent[i];
        }

        Expect(ErrorKind.Input, () => GaussianNoise.FitTo(constant, 2), "column 0 (counted from 0) has the same value");
        Expect(ErrorKind.Input, () => GaussianNoise.FitTo(dependent, 2), "column 1 (counted from 0) is a linear combination");
        Expect(ErrorKind.Input, () => NceEstimator.Fit(dependent, Model, new GaussianNoise([0, 0], [9, 0, 0, 9]), 1), "singular");
        Expect(ErrorKind.Input, () => MaximumLikelihood.Fit(dependent, new IcaModel<LogisticSource>(2)), "singular");
    }

    [Fact]
    public void Undetermined_parameters_have_no_standard_errors()
    {
        Expect(ErrorKind.Input, () => NceEstimator.Fit(Data, new Redundant(), Noise, 1), "information matrix is singular", "theta[0]");
        Assert.Null(NceEstimator.Fit(Data, new Redundant(), Noise, 1, new EstimationOptions { StandardErrors = false }).StandardErrors);
    }

    [Fact]
    public void A_wrong_gradient_is_found_on_request()
    {
        var options = new EstimationOptions { CheckGradient = true };
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, new Wrong(), Noise, 1, options), "The derivative of Wrong by theta[1]", "finite differences");
        Expect(ErrorKind.Usage, () => GradientCheck.Verify(new Wrong(), Data, [1, 1]), "theta[1]");
        NceEstimator.Fit(Data, Model, Noise, 1, options);
    }

    [Fact]
    public void Classes_must_be_whole_and_present()
    {
        var noise = new CategoricalNoise(NoiseDistribution.FromWeights([1, 1, 1]));
        Expect(ErrorKind.Input, () => NceEstimator.Fit(new double[] { 0, 1, 2, 1.5 }, new CategoricalModel(3), noise, 1), "row 3 (counted from 0), which is (1.5)");
        Expect(ErrorKind.Input, () => MaximumLikelihood.Fit(new double[] { 0, 1, 2, 3 }, new CategoricalModel(3)), "Row 3 (counted from 0) is 3");
        Expect(ErrorKind.Input, () => NceEstimator.Fit(new double[] { 0, 1, 1, 0 }, new CategoricalModel(3), noise, 1), "Class 2 of 3");
    }

    [Fact]
    public void Options_and_densities_are_checked()
    {
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, Noise, 1, new EstimationOptions { Threads = 0 }), "Threads is 0");
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, Noise, 1, new EstimationOptions { Start = [1] }), "Start has 1 values");
        Expect(ErrorKind.Usage, () => NceEstimator.Fit(Data, Model, Noise, 1, new EstimationOptions { Stochastic = new StochasticOptions { LearningRate = 1e6 } }), "diverged");
        Expect(ErrorKind.Usage, () => new GaussianNoise([0, 0], [1, 2, 2, 1]), "column 1");
        Expect(ErrorKind.Usage, () => new UniformBoxNoise([0, 0], [1, 0]), "Column 1");
        Expect(ErrorKind.Usage, () => new MixtureNoise((1, Noise), (0, Noise)), "weight 0");
    }

    [Fact]
    public void Conditional_nce_checks_its_input()
    {
        double[] constant = [.. Data.Select((x, i) => i % 2 == 0 ? 3 : x)], hole = [.. Data];
        hole[41] = double.NaN;
        Expect(ErrorKind.Usage, () => ConditionalNce.Fit(Data, Model, 0), "perturbations is 0", "allowed is 1 to");
        foreach (double scale in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Expect(ErrorKind.Usage, () => ConditionalNce.Fit(Data, Model, scale: scale), "scale is", "allowed is");
        Expect(ErrorKind.Input, () => ConditionalNce.Fit(constant, Model), "Column 0 (counted from 0)", "standard deviation of 0", "Remove the column");
        Expect(ErrorKind.Input, () => ConditionalNce.Fit(hole, Model), "Row 20, column 1", "finite");
        Expect(ErrorKind.Input, () => ConditionalNce.Fit(Data.AsMemory(0, 99), Model), "99 values", "not a multiple of the 2 values of a row");
        Expect(ErrorKind.Usage, () => ConditionalNce.Fit(Data, Model, options: new EstimationOptions { Stochastic = new StochasticOptions() }), "EstimationOptions.Stochastic", "NceEstimator");
        Expect(ErrorKind.Usage, () => ConditionalNce.Fit(Data, new Wrong(), options: new EstimationOptions { CheckGradient = true }), "The derivative of Wrong");
        Expect(ErrorKind.Input, () => ConditionalNce.Fit(new double[] { 0, 1, 2, 1 }, new CategoricalModel(3)), "CategoricalModel", "continuous");
        Expect(ErrorKind.Input, () => ConditionalNce.Fit(Data, new Redundant()), "information matrix is singular", "theta[0]");
        Expect(ErrorKind.Memory, () => ConditionalNce.Fit(new GaussianNoise([0], [1]).Draw(100_000, 1), new GaussianModel(1), 1 << 16), "Reduce perturbations");
    }

    [Fact]
    public void Telescoping_checks_its_input()
    {
        double[] constant = [.. Data.Select((x, i) => i % 2 == 1 ? 3 : x)], hole = [.. Data];
        hole[0] = double.PositiveInfinity;
        Expect(ErrorKind.Usage, () => TelescopingRatios.Fit(Data, Model, Noise, bridges: 0), "bridges is 0", "allowed is 1 to 1,000");
        Expect(ErrorKind.Usage, () => TelescopingRatios.Fit(Data, Model, Noise, bridges: 1001), "bridges is 1001");
        Expect(ErrorKind.Usage, () => TelescopingRatios.Fit(Data, Model, Noise, nu: 0), "nu is 0");
        Expect(ErrorKind.Usage, () => TelescopingRatios.Fit(Data, Model, new GaussianNoise([0], [1])), "rows of 1 values but the model has rows of 2");
        Expect(ErrorKind.Input, () => TelescopingRatios.Fit(constant, Model, Noise), "Column 1 (counted from 0) has the same value");
        Expect(ErrorKind.Input, () => TelescopingRatios.Fit(hole, Model, Noise), "Row 0, column 0");
        Expect(ErrorKind.Input, () => TelescopingRatios.Fit(Data, Model, new UniformBoxNoise([-0.1, -0.1], [0.1, 0.1])), "no mass");
        Expect(ErrorKind.Usage, () => TelescopingRatios.Fit(Data, Model, Noise, options: new EstimationOptions { Stochastic = new StochasticOptions() }), "TelescopingRatios uses all rows");
        TelescopedDensity found = TelescopingRatios.Fit(Data, Model, Noise, bridges: 1);
        Expect(ErrorKind.Input, () => found.LogDensity(Data.AsSpan(0, 3), new double[2]), "3 values for 2 densities");
        Expect(ErrorKind.Input, () => found.LogDensity([double.NaN, 0], new double[1]), "Row 0, column 0");
        Expect(ErrorKind.Usage, () => found.LogZ(Model, [1, 0], Data), "theta has 2 values but the model has 3 parameters");
        Expect(ErrorKind.Input, () => found.LogZ(Model, [1, 0, 1], []), "at least one row");
    }

    [Fact]
    public void Annealed_nce_checks_its_input()
    {
        double[] theta = [1, 0, 1];
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, theta, Noise, bridges: 0), "bridges is 0", "NceEstimator");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, theta, Noise, rows: 99), "rows is 99", "allowed is 100");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, theta, Noise, sweeps: 0), "sweeps is 0");
        Expect(ErrorKind.Memory, () => AnnealedNce.EstimateLogZ(Model, theta, Noise, rows: int.MaxValue), "Reduce rows");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, [1, 0], Noise), "theta has 2 values");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, [1, double.NaN, 1], Noise), "Lambda[1, 0] is NaN");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, theta, new GaussianNoise([0], [1])), "rows of 1 values but the model has rows of 2");
        Expect(ErrorKind.Usage, () => AnnealedNce.EstimateLogZ(Model, theta, new Lopsided()), "Lopsided", "NaN");
        Expect(ErrorKind.Input, () => AnnealedNce.EstimateLogZ(new CategoricalModel(3), [1, 1], new GaussianNoise([0], [1])), "probability 0 to all 4,096 noise rows");
    }

    private static void Expect(ErrorKind kind, Action act, params string[] parts)
    {
        var error = Assert.Throws<NceFastException>(act);
        Assert.Equal(kind, error.Kind);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private abstract class TwoParameters : UnnormalizedModel
    {
        public override int Dim => 2;

        public override int ParameterCount => 2;

        public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
        {
            Span<double> spare = new double[2];
            for (int r = 0; r < logPhi.Length; r++)
            {
                Span<double> g = gradient.IsEmpty ? spare : gradient.Slice(2 * r, 2);
                logPhi[r] = Row(rows[2 * r], rows[(2 * r) + 1], theta, g);
            }
        }

        protected abstract double Row(double x, double y, ReadOnlySpan<double> theta, Span<double> gradient);
    }

    // A model whose two parameters have the same effect.
    private sealed class Redundant : TwoParameters
    {
        protected override double Row(double x, double y, ReadOnlySpan<double> theta, Span<double> gradient)
        {
            gradient.Fill(-0.5 * ((x * x) + (y * y)));
            return (theta[0] + theta[1]) * gradient[0];
        }
    }

    // A gradient that is too large by a factor of two. For a square, this cannot be detected at 0.
    private sealed class Wrong : TwoParameters
    {
        protected override double Row(double x, double y, ReadOnlySpan<double> theta, Span<double> gradient)
        {
            gradient[0] = -0.5 * x * x;
            gradient[1] = -4 * theta[1] * y * y;
            return (-0.5 * theta[0] * x * x) - (theta[1] * theta[1] * y * y);
        }
    }

    private sealed class Lopsided : NoiseDensity
    {
        public override int Dim => 2;

        public override void LogDensity(ReadOnlySpan<double> rows, Span<double> values)
        {
            for (int r = 0; r < values.Length; r++)
                values[r] = rows[2 * r] > 50 ? double.NaN : -1;
        }

        public override void Sample(DrawSequence draws, Span<double> rows) => rows.Fill(100);
    }
}
