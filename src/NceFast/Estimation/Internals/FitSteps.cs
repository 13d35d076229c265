using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Contains the steps that all estimators share.</summary>
internal static class FitSteps
{
    /// <summary>Gets theta at the start and checks it.</summary>
    public static double[] Start(UnnormalizedModel model, RowSet data, EstimationOptions options)
    {
        var theta = new double[model.ParameterCount];
        if (options.Start is { } start)
        {
            if (start.Length != theta.Length)
                Throw.Usage($"{nameof(EstimationOptions.Start)} has {start.Length} values but the model has {theta.Length} parameters; both must be equal.");
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

    /// <summary>Draws the noise rows of a fit and computes log(nu p_n) for each, where nu is the actual ratio of noise rows to data rows.</summary>
    public static RowSet DrawNoise(NoiseDensity noise, int rows, double nu, EstimationOptions options, CancellationToken cancellation)
    {
        double[] values = NoisePieces.Draw(noise, rows, piece => PhiloxStream.For(options.Seed, DrawPurpose.NoiseRows, 0, piece), options.Threads, cancellation);
        return InputChecks.WithNoise(new RowSet(values, default, rows, 0), noise, nu, options, cancellation);
    }
}
