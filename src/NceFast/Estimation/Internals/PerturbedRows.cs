using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Represents data rows, each followed by its perturbed rows.</summary>
/// <param name="Values">The rows: <c>[groups, 1 + perturbations, dim]</c>.</param>
/// <param name="Count">The number of groups, which is the number of data rows.</param>
/// <param name="Perturbations">The number of perturbed rows per data row.</param>
internal sealed record PerturbedRows(double[] Values, int Count, int Perturbations)
{
    private const int BatchValues = 8192;

    /// <summary>Receives log phi, <c>[1 + perturbations]</c>, and the gradients, <c>[1 + perturbations, parameters]</c>, of a group.</summary>
    public delegate void Consume(ReadOnlySpan<double> logPhi, ReadOnlySpan<double> gradient);

    /// <summary>Evaluates a model over a range of groups, in batches that fit into the cache of a core.</summary>
    public void ForEach(UnnormalizedModel model, Range range, double[] theta, Consume consume)
    {
        int size = 1 + Perturbations, parameters = model.ParameterCount, batch = Math.Clamp(BatchValues / (Math.Max(model.Dim, parameters) * size), 1, 256);
        var logPhi = new double[batch * size];
        var gradient = new double[batch * size * parameters];
        int end = range.End.Value, count;
        for (int first = range.Start.Value; first < end; first += count)
        {
            count = Math.Min(batch, end - first);
            ReadOnlySpan<double> rows = Values.AsSpan(first * size * model.Dim, count * size * model.Dim);
            model.Evaluate(rows, theta, logPhi.AsSpan(0, count * size), gradient.AsSpan(0, count * size * parameters));
            for (int g = 0; g < count; g++)
                consume(logPhi.AsSpan(g * size, size), gradient.AsSpan(g * size * parameters, size * parameters));
        }
    }

    /// <summary>Throws if the first perturbed rows all have probability 0, as those of classes have.</summary>
    public void EnsurePossible(UnnormalizedModel model, double[] theta)
    {
        int possible = 0, most = Math.Min(Count, 256);
        ForEach(model, 0..most, theta, (logPhi, _) =>
        {
            foreach (double value in logPhi[1..])
                possible += double.IsFinite(value) ? 1 : 0;
        });
        if (possible == 0)
            Throw.Input($"log phi of {model.GetType().Name} is not finite for any of {most * Perturbations:N0} perturbed rows; it must be finite for some of them. Conditional noise-contrastive estimation needs a model of continuous data; for classes, use {nameof(NceEstimator)}.");
    }
}
