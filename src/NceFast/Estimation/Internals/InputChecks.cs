using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Checks the inputs of a fit before it begins.</summary>
internal static class InputChecks
{
    // Slightly less than 2^31, so that the end index of a piece or batch does not overflow.
    private const int MostNoiseValues = 2_000_000_000;

    private const int MostBridges = 1000;

    // The order of the largest matrix that fits into one array.
    private const int MostUnknowns = 46_340;

    /// <summary>Checks the data and returns them as a row set.</summary>
    public static RowSet Data(UnnormalizedModel model, ReadOnlyMemory<double> data)
    {
        Throw.UnlessInRange($"{model.GetType().Name}.{nameof(model.Dim)}", model.Dim, 1, 1 << 20);
        Throw.UnlessInRange($"{model.GetType().Name}.{nameof(model.ParameterCount)}", model.ParameterCount, 0, 1 << 20);
        if (data.Length % model.Dim != 0)
            Throw.Input($"The data have {data.Length} values, which is not a multiple of the {model.Dim} values of a row. Pass [rows, {model.Dim}] in row order.");
        int rows = data.Length / model.Dim, need = model.ParameterCount + 1;
        if (rows < need)
            Throw.Input($"The data have {rows} rows, but the model has {need} unknowns (theta and c) and needs at least as many rows. Add rows, or use a model with fewer parameters.");
        EnsureFinite(data.Span, model.Dim);
        return new RowSet(data, Memory<double>.Empty, rows, 1);
    }

    /// <summary>Throws if the data of a distribution are empty, are not a whole number of rows, or are not finite.</summary>
    public static void EnsureRows(ReadOnlySpan<double> data, int dim)
    {
        Throw.UnlessInRange(nameof(dim), dim, 1, 1 << 20);
        if (data.IsEmpty || data.Length % dim != 0)
            Throw.Input($"The data have {data.Length} values, but must have at least one row and a multiple of the {dim} values of a row. Pass [rows, {dim}] in row order.");
        EnsureFinite(data, dim);
    }

    /// <summary>Throws if the covariance does not fit into memory. This is checked before the fit, because the covariance is computed at its end.</summary>
    public static void EnsureCovarianceFits(UnnormalizedModel model, EstimationOptions options)
    {
        long unknowns = model.ParameterCount + 1L, need = 4 * sizeof(double) * unknowns * unknowns;
        if (options.StandardErrors && (unknowns > MostUnknowns || need > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes))
            Throw.Memory($"The covariance of {unknowns:N0} unknowns needs {need:N0} bytes; at most {MostUnknowns:N0} unknowns are allowed, and the bytes must fit into memory. Set {Member.Of(nameof(EstimationOptions.StandardErrors))} to false.");
    }

    /// <summary>Throws if the number of bridges is out of its range.</summary>
    public static void EnsureBridges(int bridges)
    {
        if (bridges is < 1 or > MostBridges)
            Throw.Usage($"{nameof(bridges)} is {bridges}; allowed is 1 to {MostBridges:N0}. Leave it out to have it chosen, or use {nameof(NceEstimator)}, which has no bridges.");
    }

    /// <summary>Throws if the number of rows per bridge is out of its range or does not fit into memory.</summary>
    public static void EnsureBridgeRows(int rows, int dim)
    {
        double most = Math.Min(MostNoiseValues / dim, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (24.0 * (dim + 2)));
        Throw.UnlessInRange(nameof(rows), rows, Math.Max(100, 10 * dim), int.MaxValue);
        if (rows > most)
            Throw.Memory($"{rows:N0} rows of {dim} values do not fit into memory; at most {most:N0} are possible. Reduce {nameof(rows)}.");
    }

    /// <summary>Throws if theta does not fit the model, or the model does not fit the noise.</summary>
    public static void EnsureTheta(UnnormalizedModel model, ReadOnlySpan<double> theta, NoiseDensity noise)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (noise.Dim != model.Dim)
            Throw.Usage($"The noise has rows of {noise.Dim} values but the model has rows of {model.Dim}; both must be equal.");
        if (theta.Length != model.ParameterCount)
            Throw.Usage($"{nameof(theta)} has {theta.Length} values but the model has {model.ParameterCount} parameters; both must be equal.");
        int bad = theta.IndexOfAnyExceptInRange(double.MinValue, double.MaxValue);
        if (bad >= 0)
            Throw.Usage($"{model.ParameterName(bad)} is {theta[bad]}; it must be finite. Correct {nameof(theta)}.");
    }

    /// <summary>Throws if stochastic steps are requested from an estimator that has none.</summary>
    public static void RejectStochastic(EstimationOptions options, string estimator)
    {
        if (options.Stochastic is not null)
            Throw.Usage($"{Member.Of(nameof(EstimationOptions.Stochastic))} is set, but {estimator} uses all rows in every step. Set it to null, or use {nameof(NceEstimator)}.");
    }

    /// <summary>Throws if a value is NaN or infinite.</summary>
    public static void EnsureFinite(ReadOnlySpan<double> data, int dim)
    {
        int first = -1, bad = 0, last = -1;
        for (int i = 0; i < data.Length; i++)
        {
            if (double.IsFinite(data[i]) || i / dim == last)
                continue;
            first = first < 0 ? i : first;
            last = i / dim;
            bad++;
        }

        if (bad > 0)
            Throw.Input($"Row {first / dim}, column {first % dim} (both counted from 0) is {data[first]}; values must be finite. {bad} of {data.Length / dim} rows have such values: remove these rows or replace the values.");
    }

    /// <summary>Computes T_n, the number of noise rows.</summary>
    public static int NoiseRows(UnnormalizedModel model, NoiseDensity noise, int rows, double nu)
    {
        if (noise.Dim != model.Dim)
            Throw.Usage($"The noise has rows of {noise.Dim} values but the model has rows of {model.Dim}; both must be equal.");
        if (!(nu > 0) || double.IsInfinity(nu))
            Throw.Usage($"nu is {nu}; it must be finite and above 0, because the normaliser cannot be estimated without noise rows. Use a value from 1 to 100; larger values are more accurate.");
        double noiseRows = Math.Round(nu * rows), most = Math.Min(MostNoiseValues / model.Dim, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (8.0 * (model.Dim + 1)));
        if (noiseRows < 1)
            Throw.Usage($"nu = {nu} times {rows} data rows is less than one noise row; nu must be at least {0.5 / rows}. Increase nu.");
        if (noiseRows > most)
            Throw.Memory($"nu = {nu} times {rows} data rows is {noiseRows:N0} noise rows of {model.Dim} values; at most {most:N0} are possible. Reduce nu.");
        return (int)noiseRows;
    }

    /// <summary>Computes log(nu p_n) of each row, and throws if it is not finite.</summary>
    public static RowSet WithNoise(RowSet set, NoiseDensity noise, double nu, EstimationOptions options, CancellationToken cancellation)
    {
        var values = new double[set.Count];
        FillLogNuNoise(set.Values, values, noise, nu, options.Threads, cancellation);
        int first = Array.FindIndex(values, v => !double.IsFinite(v));
        if (first >= 0)
            BadRatio(set, noise, values, first);
        return set with { LogNuNoise = values };
    }

    /// <summary>Computes log(nu p_n) of each row.</summary>
    public static void FillLogNuNoise(ReadOnlyMemory<double> rows, Memory<double> values, NoiseDensity noise, double nu, int threads, CancellationToken cancellation)
    {
        const int Piece = 4096;
        double logNu = Math.Log(nu);
        Strands.Run((int)((values.Length + Piece - 1L) / Piece), threads, cancellation, piece =>
        {
            int from = piece * Piece, count = Math.Min(Piece, values.Length - from);
            Span<double> part = values.Span.Slice(from, count);
            noise.LogDensity(rows.Span.Slice(from * noise.Dim, count * noise.Dim), part);
            for (int r = 0; r < count; r++)
                part[r] += logNu;
        });
    }

    /// <summary>Throws if log phi of a data row is not finite at the start.</summary>
    public static void EnsureDataPossible(UnnormalizedModel model, RowSet data, double[] theta)
    {
        Batches.ForEach(model, data, 0..data.Count, theta, gradients: false, (first, logPhi, _) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
            {
                if (!double.IsFinite(logPhi[r]))
                    Throw.Input($"log phi of {model.GetType().Name} is {logPhi[r]} for data row {first + r} (counted from 0) at the start; it must be finite for every data row. Choose another {nameof(EstimationOptions.Start)}, or remove such rows.");
            }
        });
    }

    /// <summary>Creates the error for an objective that is not finite at the start although log phi is finite for all data rows.</summary>
    public static NceFastException BadStart() =>
        new(ErrorKind.Usage, $"The objective or its gradient is not finite at the start. Choose another {nameof(EstimationOptions.Start)}. Set {nameof(EstimationOptions.CheckGradient)} to true to find out whether the gradient of the model is wrong.");

    private static void BadRatio(RowSet set, NoiseDensity noise, double[] values, int first)
    {
        string row = string.Join(", ", set.Values.Slice(first * noise.Dim, Math.Min(8, noise.Dim)).ToArray().Select(v => FormattableString.Invariant($"{v:G6}")));
        string what = $"The log density of {noise.GetType().Name} is {values[first]} at {(set.Label == 1 ? "data" : "noise")} row {first} (counted from 0), which is ({row}{(noise.Dim > 8 ? ", ..." : "")})";
        int bad = values.Count(v => !double.IsFinite(v));
        if (set.Label == 1 && double.IsNegativeInfinity(values[first]))
            Throw.Input($"{what}. The noise has no mass there, so the ratio of the densities is infinite. This holds for {bad} of {set.Count} rows. The noise must have mass at all data rows: use a wider box, a Gaussian, or a mixture with a Gaussian.");
        Throw.Usage($"{what}, and it is also not finite at {bad - 1} other rows; it must be finite. Check that the density and the sampler of the noise belong to the same distribution.");
    }
}
