using MathNet.Numerics.LinearAlgebra;
using NceFast.Numerics;

namespace NceFast.Estimation.Internals;

/// <summary>Represents the precision of a fit.</summary>
/// <param name="Covariance">The covariance of (theta, c): <c>[parameters + 1, parameters + 1]</c>.</param>
/// <param name="ConditionNumber">The condition number of the information matrix, scaled to a unit diagonal.</param>
internal sealed record Precision(double[] Covariance, double ConditionNumber);

/// <summary>Inverts information matrices.</summary>
internal static class InformationMatrix
{
    // Below this reciprocal condition number (of the matrix scaled to a unit diagonal) the inverse consists of rounding errors.
    private const double LeastCondition = 1e-13;

    /// <summary>Computes the inverse and the condition number of the matrix scaled to a unit diagonal, and throws if the matrix is singular.</summary>
    /// <param name="model">The model, whose parameter names appear in the error.</param>
    /// <param name="information">The symmetric matrix by theta, or by (theta, c).</param>
    /// <param name="condition">The condition number.</param>
    public static Matrix<double> Invert(UnnormalizedModel model, Matrix<double> information, out double condition)
    {
        Vector<double> scale = information.Diagonal().Map(v => v > 0 ? 1 / Math.Sqrt(v) : 0);
        int dead = scale.ToList().FindIndex(s => s == 0);
        if (dead >= 0)
            Singular(model, dead, "the derivative is 0 in every row");
        Matrix<double> units = Matrix<double>.Build.DiagonalOfDiagonalVector(scale), scaled = units * information * units;
        var eigen = scaled.Evd(Symmetricity.Symmetric);
        Vector<double> values = eigen.EigenValues.Map(v => v.Real);
        int least = values.MinimumIndex();
        if (!(values[least] > LeastCondition * values.Maximum()))
            Singular(model, eigen.EigenVectors.Column(least).AbsoluteMaximumIndex(), FormattableString.Invariant($"its reciprocal condition number is {values[least] / values.Maximum():G3}"));
        condition = values.Maximum() / values[least];
        return units * eigen.EigenVectors * Matrix<double>.Build.DiagonalOfDiagonalVector(values.Map(v => 1 / v)) * eigen.EigenVectors.Transpose() * units;
    }

    private static void Singular(UnnormalizedModel model, int parameter, string why)
    {
        string name = parameter < model.ParameterCount ? model.ParameterName(parameter) : "c";
        Throw.Input($"The information matrix is singular ({why}): data and noise do not determine {name}, alone or in combination with other parameters, so there is no standard error. Add data that determine it, remove a parameter from the model, or set {nameof(EstimationOptions.StandardErrors)} to false.");
    }
}
