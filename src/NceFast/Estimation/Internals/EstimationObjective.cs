namespace NceFast.Estimation.Internals;

/// <summary>What a fit minimises, in nats a data row.</summary>
internal abstract class EstimationObjective
{
    /// <summary>Length of a point.</summary>
    public abstract int Length { get; }

    /// <summary>Data rows.</summary>
    public abstract int Rows { get; }

    /// <summary>Value and gradient at a point; a value that is not finite says that the point is out of bounds.</summary>
    /// <param name="point">The point: <c>[length]</c>.</param>
    /// <param name="gradient">Destination: <c>[length]</c>.</param>
    public abstract double Evaluate(double[] point, Span<double> gradient);
}
