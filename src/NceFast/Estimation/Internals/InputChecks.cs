using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>What is refused before a fit, with the place and the remedy.</summary>
internal static class InputChecks
{
    // Room below 2^31 for the sums of places that pieces and batches end at.
    private const int MostNoiseValues = 2_000_000_000;

    // The order of the largest matrix that one array holds.
    private const int MostUnknowns = 46_340;

    /// <summary>The data as a set, or the reason why not.</summary>
    public static RowSet Data(UnnormalizedModel model, ReadOnlyMemory<double> data)
    {
        Throw.UnlessInRange($"{model.GetType().Name}.{nameof(model.Dim)}", model.Dim, 1, 1 << 20);
        Throw.UnlessInRange($"{model.GetType().Name}.{nameof(model.ParameterCount)}", model.ParameterCount, 0, 1 << 20);
        if (data.Length % model.Dim != 0)
            Throw.Input($"The data are {data.Length} values, which is no whole number of rows of {model.Dim}. Pass [rows, {model.Dim}] in row order.");
        int rows = data.Length / model.Dim, need = model.ParameterCount + 1;
        if (rows < need)
            Throw.Input($"The data have {rows} rows for {need} unknowns (theta and c); at least as many are needed. Add rows, or take a model with fewer parameters.");
        EnsureFinite(data.Span, model.Dim);
        return new RowSet(data, Memory<double>.Empty, rows, 1);
    }

    /// <summary>Rejects data for a distribution that are no whole number of rows, none, or not finite.</summary>
    public static void EnsureRows(ReadOnlySpan<double> data, int dim)
    {
        Throw.UnlessInRange(nameof(dim), dim, 1, 1 << 20);
        if (data.IsEmpty || data.Length % dim != 0)
            Throw.Input($"The data are {data.Length} values, which is no whole number of rows of {dim}, at least one. Pass [rows, {dim}] in row order.");
        EnsureFinite(data, dim);
    }

    /// <summary>Rejects a covariance that memory does not hold, before the fit whose end it would be.</summary>
    public static void EnsureCovarianceFits(UnnormalizedModel model, EstimationOptions options)
    {
        long unknowns = model.ParameterCount + 1L, need = 4 * sizeof(double) * unknowns * unknowns;
        if (options.StandardErrors && (unknowns > MostUnknowns || need > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes))
            Throw.Memory($"The covariance of {unknowns:N0} unknowns takes {need:N0} bytes, of at most {MostUnknowns:N0} unknowns; set {Member.Of(nameof(EstimationOptions.StandardErrors))} to false.");
    }

    /// <summary>Rejects NaN and infinite values.</summary>
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
            Throw.Input($"Row {first / dim}, column {first % dim} (from 0) is {data[first]}; values must be finite. {bad} of {data.Length / dim} rows have such values: leave them out or fill them in.");
    }

    /// <summary>T_n, the number of noise rows.</summary>
    public static int NoiseRows(UnnormalizedModel model, NoiseDensity noise, int rows, double nu)
    {
        if (noise.Dim != model.Dim)
            Throw.Usage($"The noise has rows of {noise.Dim} values and the model of {model.Dim}; they must agree.");
        if (!(nu > 0) || double.IsInfinity(nu))
            Throw.Usage($"nu is {nu}; allowed is a finite number above 0. Without noise rows nothing tells the model's mass; 1 to 100 serve, and more is more exact.");
        double noiseRows = Math.Round(nu * rows), most = Math.Min(MostNoiseValues / model.Dim, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (8.0 * (model.Dim + 1)));
        if (noiseRows < 1)
            Throw.Usage($"nu = {nu} times {rows} data rows is less than one noise row. Allowed is nu of at least {0.5 / rows}; raise nu.");
        if (noiseRows > most)
            Throw.Memory($"nu = {nu} times {rows} data rows is {noiseRows:N0} noise rows of {model.Dim} values; at most {most:N0} fit here. Lower nu.");
        return (int)noiseRows;
    }

    /// <summary>log(nu p_n) of each row, or the reason why the ratio of the densities does not exist there.</summary>
    public static RowSet WithNoise(RowSet set, NoiseDensity noise, double nu, EstimationOptions options, CancellationToken cancellation)
    {
        var values = new double[set.Count];
        FillLogNuNoise(set.Values, values, noise, nu, options.Threads, cancellation);
        int first = Array.FindIndex(values, v => !double.IsFinite(v));
        if (first >= 0)
            BadRatio(set, noise, values, first);
        return set with { LogNuNoise = values };
    }

    /// <summary>Fills in log(nu p_n).</summary>
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

    /// <summary>Rejects a start at which log phi of a data row is not finite.</summary>
    public static void EnsureDataPossible(UnnormalizedModel model, RowSet data, double[] theta)
    {
        Batches.ForEach(model, data, 0..data.Count, theta, gradients: false, (first, logPhi, _) =>
        {
            for (int r = 0; r < logPhi.Length; r++)
            {
                if (!double.IsFinite(logPhi[r]))
                    Throw.Input($"{model.GetType().Name} gives log phi = {logPhi[r]} for data row {first + r} (from 0) at the start; it must be finite for every data row. Choose another {nameof(EstimationOptions.Start)}, or leave such rows out.");
            }
        });
    }

    /// <summary>An objective that is not finite at the start, although data rows are possible.</summary>
    public static NceFastException BadStart() =>
        new(ErrorKind.Usage, $"The objective or its gradient is not finite at the start. Choose another {nameof(EstimationOptions.Start)}; {nameof(EstimationOptions.CheckGradient)} tells whether the model's gradient is at fault.");

    private static void BadRatio(RowSet set, NoiseDensity noise, double[] values, int first)
    {
        string row = string.Join(", ", set.Values.Slice(first * noise.Dim, Math.Min(8, noise.Dim)).ToArray().Select(v => FormattableString.Invariant($"{v:G6}")));
        string what = $"{noise.GetType().Name} gives log density {values[first]} to {(set.Label == 1 ? "data" : "its own")} row {first} (from 0): ({row}{(noise.Dim > 8 ? ", ..." : "")})";
        int bad = values.Count(v => !double.IsFinite(v));
        if (set.Label == 1 && double.IsNegativeInfinity(values[first]))
            Throw.Input($"{what}. It has no mass there, so that the ratio of the densities is infinite, in {bad} of {set.Count} rows. Noise must have mass wherever data lie: take a wider box, a Gaussian, or a mixture with one.");
        Throw.Usage($"{what}, and to {bad - 1} other rows; it must be finite there. Density and sampler of the noise must be of one distribution.");
    }
}
