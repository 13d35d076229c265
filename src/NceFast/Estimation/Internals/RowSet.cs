namespace NceFast.Estimation.Internals;

/// <summary>Represents data rows or noise rows, with log(nu p_n) of each row.</summary>
/// <param name="Values">The rows: <c>[rows, dim]</c>.</param>
/// <param name="LogNuNoise">log(nu p_n) of each row, nats: <c>[rows]</c>; empty if there is no noise.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Label">1 for data, 0 for noise.</param>
internal readonly record struct RowSet(ReadOnlyMemory<double> Values, Memory<double> LogNuNoise, int Count, double Label);

/// <summary>Evaluates a model over rows in batches that fit into the cache of a core.</summary>
internal static class Batches
{
    private const int Values = 8192;

    /// <summary>Receives the index of the first row of a batch, and log phi and the gradients of its rows.</summary>
    public delegate void Consume(int first, ReadOnlySpan<double> logPhi, ReadOnlySpan<double> gradient);

    public static void ForEach(UnnormalizedModel model, in RowSet set, Range range, ReadOnlySpan<double> theta, bool gradients, Consume consume)
    {
        int parameters = gradients ? model.ParameterCount : 0, batch = Math.Clamp(Values / Math.Max(model.Dim, parameters), 8, 256);
        var logPhi = new double[batch];
        var gradient = new double[batch * parameters];
        int end = range.End.Value, count;
        for (int first = range.Start.Value; first < end; first += count)
        {
            count = Math.Min(batch, end - first);
            ReadOnlySpan<double> rows = set.Values.Span.Slice(first * model.Dim, count * model.Dim);
            model.Evaluate(rows, theta, logPhi.AsSpan(0, count), gradient.AsSpan(0, count * parameters));
            consume(first, logPhi.AsSpan(0, count), gradient.AsSpan(0, count * parameters));
        }
    }
}
