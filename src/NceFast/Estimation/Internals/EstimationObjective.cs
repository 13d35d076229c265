namespace NceFast.Estimation.Internals;

/// <summary>Represents the function that a fit minimises, in nats per data row.</summary>
internal abstract class EstimationObjective
{
    /// <summary>Gets the length of a point.</summary>
    public abstract int Length { get; }

    /// <summary>Gets the number of data rows.</summary>
    public abstract int Rows { get; }

    /// <summary>Computes the value and the gradient at a point. A value that is not finite means that the point is outside the domain.</summary>
    /// <param name="point">The point: <c>[length]</c>.</param>
    /// <param name="gradient">The destination of the gradient: <c>[length]</c>.</param>
    public abstract double Evaluate(double[] point, Span<double> gradient);
}
