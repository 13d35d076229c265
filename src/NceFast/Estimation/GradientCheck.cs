using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>Compares the gradient of a model with central differences of its log phi.</summary>
public static class GradientCheck
{
    private const int MostRows = 16;
    private const double Step = 1e-5, Tolerance = 1e-4;

    /// <summary>
    /// Checks every parameter at up to sixteen rows spread over the data. The check uses a point near
    /// <paramref name="theta"/> instead of theta itself, because theta is often 0, where many wrong gradients happen to be correct.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The rows: <c>[rows, dim]</c>.</param>
    /// <param name="theta">The parameters: <c>[parameters]</c>.</param>
    /// <exception cref="NceFastException">The relative difference is above 1e-4 (<see cref="ErrorKind.Usage"/>).</exception>
    public static void Verify(UnnormalizedModel model, ReadOnlySpan<double> rows, ReadOnlySpan<double> theta)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[] sample = Pick(rows, model.Dim, out int[] indices), point = Beside(theta);
        var logPhi = new double[indices.Length];
        var gradient = new double[indices.Length * point.Length];
        model.Evaluate(sample, point, logPhi, gradient);
        for (int p = 0; p < point.Length; p++)
        {
            double[] numeric = Differences(model, sample, point, p, indices.Length);
            for (int r = 0; r < indices.Length; r++)
                Compare(model, p, indices[r], gradient[(r * point.Length) + p], numeric[r], logPhi[r]);
        }
    }

    private static double[] Differences(UnnormalizedModel model, double[] sample, double[] point, int parameter, int rows)
    {
        double step = Step * Math.Max(1, Math.Abs(point[parameter])), before = point[parameter];
        double[] up = new double[rows], down = new double[rows];
        point[parameter] = before + step;
        model.Evaluate(sample, point, up, default);
        point[parameter] = before - step;
        model.Evaluate(sample, point, down, default);
        point[parameter] = before;
        return [.. up.Zip(down, (u, d) => (u - d) / (2 * step))];
    }

    private static void Compare(UnnormalizedModel model, int parameter, int row, double found, double expected, double logPhi)
    {
        // The rounding error of log phi limits the accuracy of a finite difference.
        double allowed = (Tolerance * Math.Max(1, Math.Abs(expected))) + (1e-15 / Step * Math.Abs(logPhi));
        if (!(Math.Abs(found - expected) <= allowed))
        {
            Throw.Usage(FormattableString.Invariant(
                $"The derivative of {model.GetType().Name} by {model.ParameterName(parameter)} at data row {row} (counted from 0) is {found:G8}, but finite differences of log phi give {expected:G8}; the difference may be at most {allowed:G3}. Correct the gradient in {nameof(model.Evaluate)}."));
        }
    }

    private static double[] Pick(ReadOnlySpan<double> rows, int dim, out int[] indices)
    {
        int all = rows.Length / dim, count = Math.Min(MostRows, all);
        indices = new int[count];
        var sample = new double[count * dim];
        for (int r = 0; r < count; r++)
        {
            indices[r] = (int)((long)all * r / count);
            rows.Slice(indices[r] * dim, dim).CopyTo(sample.AsSpan(r * dim));
        }

        return sample;
    }

    private static double[] Beside(ReadOnlySpan<double> theta)
    {
        var draws = new DrawSequence(PhiloxStream.For(1, DrawPurpose.Order, 0, uint.MaxValue));
        double[] point = theta.ToArray();
        for (int p = 0; p < point.Length; p++)
            point[p] += 0.01 * Math.Max(1, Math.Abs(point[p])) * draws.NextNormal();
        return point;
    }
}
