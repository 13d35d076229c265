using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>The steps that all estimators share.</summary>
internal static class FitSteps
{
    /// <summary>Theta at the start, checked.</summary>
    public static double[] Start(UnnormalizedModel model, RowSet data, EstimationOptions options)
    {
        var theta = new double[model.ParameterCount];
        if (options.Start is { } start)
        {
            if (start.Length != theta.Length)
                Throw.Usage($"{nameof(EstimationOptions.Start)} has {start.Length} values; the model has {theta.Length} parameters.");
            start.CopyTo(theta, 0);
        }
        else
        {
            model.Start(data.Values.Span, theta);
        }

        if (options.CheckGradient)
            GradientCheck.Verify(model, data.Values.Span, theta);
        InputChecks.EnsureDataPossible(model, data, theta);
        return theta;
    }

    /// <summary>Draws the noise rows of a fit, with log(nu p_n), nu being the true ratio of the rows.</summary>
    public static RowSet DrawNoise(NoiseDensity noise, int rows, double nu, EstimationOptions options, CancellationToken cancellation)
    {
        double[] values = NoisePieces.Draw(noise, rows, piece => PhiloxStream.For(options.Seed, DrawPurpose.NoiseRows, 0, piece), options.Threads, cancellation);
        return InputChecks.WithNoise(new RowSet(values, default, rows, 0), noise, nu, options, cancellation);
    }
}
