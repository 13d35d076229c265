using NceFast.Numerics;

namespace NceFast.Estimation;

/// <summary>Defines the density of a source with variance 1 in independent component analysis. All members are static.</summary>
public interface ISourceDensity
{
    /// <summary>Computes the log of the density up to a constant, nats.</summary>
    static abstract double LogKernel(double s);

    /// <summary>Computes the derivative of <see cref="LogKernel"/>, or 0 at a kink.</summary>
    static abstract double Derivative(double s);

    /// <summary>Gets the log of the integral of the kernel, nats.</summary>
    static abstract double LogZ { get; }

    /// <summary>Draws a value of a source.</summary>
    static abstract double Sample(DrawSequence draws);
}

/// <summary>Represents Laplacian sources: exp(-sqrt(2) |s|) / sqrt(2).</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public readonly struct LaplacianSource : ISourceDensity
{
    private const double Root2 = 1.4142135623730951;

    /// <inheritdoc/>
    public static double LogZ => 0.5 * Math.Log(2);

    /// <inheritdoc/>
    public static double LogKernel(double s) => -Root2 * Math.Abs(s);

    /// <inheritdoc/>
    public static double Derivative(double s) => s > 0 ? -Root2 : s < 0 ? Root2 : 0;

    /// <inheritdoc/>
    public static double Sample(DrawSequence draws)
    {
        double u = (2 * draws.NextUniform()) - 1;
        return -Math.CopySign(Math.Log(1 - Math.Abs(u)), u) / Root2;
    }
}

/// <summary>Represents logistic sources: a / 2 cosh^-2(a s) with a = pi / (2 sqrt(3)).</summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public readonly struct LogisticSource : ISourceDensity
{
    private const double A = Math.PI / (2 * 1.7320508075688772);

    /// <inheritdoc/>
    public static double LogZ => Math.Log(2 / A);

    /// <inheritdoc/>
    public static double LogKernel(double s)
    {
        double u = Math.Abs(A * s); // log cosh u = u - log 2 + log(1 + exp(-2u))
        return -2 * (u - Math.Log(2) + Math.Log(1 + Math.Exp(-2 * u)));
    }

    /// <inheritdoc/>
    public static double Derivative(double s) => -2 * A * Math.Tanh(A * s);

    /// <inheritdoc/>
    public static double Sample(DrawSequence draws)
    {
        double u = draws.NextUniform();
        return Math.Log(u / (1 - u)) / (2 * A);
    }
}
