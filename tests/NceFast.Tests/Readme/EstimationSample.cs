using NceFast.Estimation;

/// <summary>log phi(x) = -a x^2 - b x^4: a density whose normaliser has no closed form.</summary>
public sealed class Quartic : UnnormalizedModel
{
    public override int Dim => 1;

    public override int ParameterCount => 2;

    public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
    {
        for (int r = 0; r < logPhi.Length; r++)
        {
            double square = rows[r] * rows[r];
            logPhi[r] = (-theta[0] * square) - (theta[1] * square * square);
            if (!gradient.IsEmpty)
                (gradient[2 * r], gradient[(2 * r) + 1]) = (-square, -square * square);
        }
    }
}

public static class EstimationSample
{
    public static (Estimate Fit, NormalizerEstimate Normalizer) Run(double[] data, CancellationToken cancellation)
    {
        var model = new Quartic();
        Estimate fit = ConditionalNce.Fit(data, model, options: new EstimationOptions { CheckGradient = true }, cancellation: cancellation);
        NormalizerEstimate normalizer = AnnealedNce.EstimateLogZ(model, fit.Theta, GaussianNoise.FitTo(data, dim: 1), cancellation: cancellation);
        double[] errors = fit.StandardErrors!;
        Console.WriteLine($"a = {fit.Theta[0]:F3} +- {errors[0]:F3}, b = {fit.Theta[1]:F3} +- {errors[1]:F3}, log Z = {normalizer.LogZ:F3} +- {normalizer.StandardError:F3}");
        foreach (EstimationWarning warning in fit.Warnings.Concat(normalizer.Warnings))
            Console.WriteLine(warning.Message);
        return (fit, normalizer);
    }
}
