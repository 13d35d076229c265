using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>
/// Represents a distribution over classes with one score per class: log phi(w) = theta_w. The score of class 0 is fixed at 0, so
/// c is log p(0). A row contains one class number. A language model has the same form, with scores that depend on the context.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
/// <param name="classes">The number of classes, at least 2.</param>
public sealed class CategoricalModel(int classes) : UnnormalizedModel, ITractableModel
{
    /// <inheritdoc/>
    public override int Dim => 1;

    /// <inheritdoc/>
    public override int ParameterCount => classes - 1;

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
    {
        gradient.Clear();
        for (int r = 0; r < logPhi.Length; r++)
        {
            int w = ClassOf(rows[r], classes);
            logPhi[r] = w switch { < 0 => double.NegativeInfinity, 0 => 0, _ => theta[w - 1] };
            if (w > 0 && !gradient.IsEmpty)
                gradient[(r * theta.Length) + w - 1] = 1;
        }
    }

    /// <inheritdoc/>
    public double LogZ(ReadOnlySpan<double> theta, Span<double> gradient)
    {
        double high = 0, sum = 0;
        foreach (double score in theta)
            high = Math.Max(high, score);
        foreach (double score in theta)
            sum += Math.Exp(score - high);
        double logZ = high + Math.Log(sum + Math.Exp(-high));
        for (int p = 0; p < gradient.Length; p++)
            gradient[p] = Math.Exp(theta[p] - logZ);
        return logZ;
    }

    /// <summary>Starts with equal scores.</summary>
    /// <inheritdoc/>
    public override void Start(ReadOnlySpan<double> data, Span<double> theta)
    {
        var counts = new long[classes];
        for (int r = 0; r < data.Length; r++)
        {
            int w = ClassOf(data[r], classes);
            if (w < 0)
                Throw.Input($"Row {r} (counted from 0) is {data[r]}; it must be a class number, a whole number from 0 to {classes - 1}.");
            counts[w]++;
        }

        int missing = Array.IndexOf(counts, 0);
        if (missing >= 0)
            Throw.Input($"Class {missing} of {classes} occurs in no row, so its log-probability has no finite estimate. Remove the class, or merge it with another.");
        theta.Clear();
    }

    /// <inheritdoc/>
    public override string ParameterName(int index) => $"the score of class {index + 1}";

    /// <summary>Converts a value to a class number, or -1 if it is not one.</summary>
    internal static int ClassOf(double value, int classes) => value >= 0 && value < classes && value == Math.Floor(value) ? (int)value : -1;
}
