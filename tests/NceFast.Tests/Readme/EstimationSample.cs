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
    public static Estimate Run(double[] data, CancellationToken cancellation)
    {
        GaussianNoise noise = GaussianNoise.FitTo(data, dim: 1);
        Estimate found = NceEstimator.Fit(data, new Quartic(), noise, nu: 10, new EstimationOptions { CheckGradient = true }, cancellation: cancellation);
        double[] errors = found.StandardErrors!;
        Console.WriteLine($"a = {found.Theta[0]:F3} +- {errors[0]:F3}, b = {found.Theta[1]:F3} +- {errors[1]:F3}, log Z = {-found.C:F3} +- {errors[2]:F3}");
        return found;
    }
}
