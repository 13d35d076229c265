using System.Numerics.Tensors;

namespace NceFast.Numerics;

/// <summary>
/// Finds the eigenvectors with the largest eigenvalues of a positive semidefinite matrix by orthogonal iteration (Golub and Van Loan,
/// Matrix Computations, 4th edition, section 8.2.4).
/// </summary>
/// <remarks>Callers need one or two eigenvectors. The full decomposition of MathNet.Numerics computes all, which takes 27 s for 1,024 rows.</remarks>
internal static class PrincipalDirections
{
    private const int Steps = 200;
    private const double Settled = 1e-10;

    /// <summary>Finds the eigenvectors of the largest eigenvalues.</summary>
    /// <param name="matrix">The matrix, symmetric: <c>[rows][rows]</c>.</param>
    /// <param name="count">The number of eigenvectors.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>Orthogonal vectors of unit length, the one of the largest eigenvalue first: <c>[count][rows]</c>. Vectors beyond the rank of the matrix are zero.</returns>
    public static double[][] Largest(double[][] matrix, int count, CancellationToken cancellation = default) =>
        Largest(vector => Array.ConvertAll(matrix, row => TensorPrimitives.Dot<double>(row, vector)), matrix.Length, count, cancellation);

    /// <summary>Finds the eigenvectors of the largest eigenvalues of a matrix that is given by its products.</summary>
    /// <param name="times">Multiplies the matrix by a vector, <c>[rows]</c>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="count">The number of eigenvectors.</param>
    /// <param name="cancellation">A token that stops the work.</param>
    /// <returns>The same as the other method.</returns>
    public static double[][] Largest(Func<double[], double[]> times, int rows, int count, CancellationToken cancellation = default)
    {
        double[][] found = [.. Enumerable.Range(0, count).Select(number => Start(rows, number))];
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            double[][] next = Array.ConvertAll(found, vector => times(vector));
            double moved = 0;
            for (int i = 0; i < count; i++)
            {
                Normalize(next[i], next.AsSpan(0, i));
                moved += TensorPrimitives.Distance<double>(next[i], found[i]);
            }

            found = next;
            if (moved < Settled)
                break;
        }

        return found;
    }

    // A start vector that is the same for every call and hardly ever orthogonal to an eigenvector.
    private static double[] Start(int rows, int number) => [.. Enumerable.Range(0, rows).Select(i => Math.Cos((1.7 + number) * (i + 1)))];

    // Removes the components along other unit vectors and scales the rest to unit length. The rest of a vector without another component is zero.
    private static void Normalize(double[] vector, ReadOnlySpan<double[]> others)
    {
        double whole = TensorPrimitives.Norm<double>(vector);
        foreach (double[] other in others)
            TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<double>(vector, other), vector, vector);
        double length = TensorPrimitives.Norm<double>(vector);
        if (length > 1e-12 * whole)
            TensorPrimitives.Divide(vector, length, vector);
        else
            Array.Clear(vector);
    }
}
