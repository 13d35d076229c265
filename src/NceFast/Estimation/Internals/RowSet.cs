namespace NceFast.Estimation.Internals;

/// <summary>Rows of one kind with the logarithm of what their density is compared with.</summary>
/// <param name="Values">Rows: <c>[rows, dim]</c>.</param>
/// <param name="LogNuNoise">log(nu p_n) of each row, nats: <c>[rows]</c>; empty when there is no noise.</param>
/// <param name="Count">Rows.</param>
/// <param name="Label">1 for data, 0 for noise.</param>
internal readonly record struct RowSet(ReadOnlyMemory<double> Values, Memory<double> LogNuNoise, int Count, double Label);

/// <summary>Evaluates a model over rows in batches that fit a core's cache.</summary>
internal static class Batches
{
    private const int Values = 8192;

    /// <summary>What one batch gives: its place and log phi and gradients of its rows.</summary>
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
