using NceFast.Estimation;
using NceFast.Numerics;

namespace NceFast.Bench.Estimation;

/// <summary>
/// Independent columns with two modes each: log phi(x) is the sum of a_j x_j^2 - b_j x_j^4. Theta is a, then b. For such data, noise with
/// the moments of the data is exponentially bad in the dimension. The tests use it too.
/// </summary>
internal sealed class ProductQuartic(int dim) : UnnormalizedModel, ITractableModel
{
    public const double A = 6, B = 3;
    private const double Limit = 3, Step = 1e-3;

    public override int Dim => dim;

    public override int ParameterCount => 2 * dim;

    public static double[] Truth(int dim) => [.. Enumerable.Repeat(A, dim), .. Enumerable.Repeat(B, dim)];

    /// <summary>Draws rows with the true parameters by the inverse of the distribution function.</summary>
    public static double[] Draw(int dim, int rows, ulong seed)
    {
        double sum = 0;
        double[] cumulative = [.. Grid().Select(x => sum += Math.Exp((A * x * x) - (B * x * x * x * x)))];
        var draws = new DrawSequence(seed, 9);
        return [.. Enumerable.Range(0, rows * dim).Select(_ => Value(cumulative, draws.NextUniform() * sum, draws.NextUniform()))];
    }

    public override void Evaluate(ReadOnlySpan<double> rows, ReadOnlySpan<double> theta, Span<double> logPhi, Span<double> gradient)
    {
        for (int r = 0; r < logPhi.Length; r++)
        {
            double sum = 0;
            for (int j = 0; j < dim; j++)
            {
                double square = rows[(r * dim) + j] * rows[(r * dim) + j];
                sum += (theta[j] * square) - (theta[dim + j] * square * square);
                if (!gradient.IsEmpty)
                    (gradient[(r * 2 * dim) + j], gradient[(r * 2 * dim) + dim + j]) = (square, -square * square);
            }

            logPhi[r] = sum;
        }
    }

    public double LogZ(ReadOnlySpan<double> theta, Span<double> gradient)
    {
        double total = 0;
        for (int j = 0; j < dim; j++)
        {
            double a = theta[j], b = theta[dim + j], z = 0, squares = 0, fourths = 0;
            foreach (double x in Grid())
            {
                double square = x * x, phi = Step * Math.Exp((a * square) - (b * square * square));
                (z, squares, fourths) = (z + phi, squares + (phi * square), fourths + (phi * square * square));
            }

            total += Math.Log(z);
            if (!gradient.IsEmpty)
                (gradient[j], gradient[dim + j]) = (squares / z, -fourths / z);
        }

        return theta[dim..].IndexOfAnyInRange(double.NegativeInfinity, 0) < 0 ? total : double.PositiveInfinity;
    }

    public override void Start(ReadOnlySpan<double> data, Span<double> theta)
    {
        theta[..dim].Clear();
        theta[dim..].Fill(1);
    }

    private static IEnumerable<double> Grid() => Enumerable.Range(0, (int)(2 * Limit / Step)).Select(i => -Limit + ((i + 0.5) * Step));

    private static double Value(double[] cumulative, double place, double within)
    {
        int cell = Array.BinarySearch(cumulative, place);
        return -Limit + (((cell < 0 ? ~cell : cell) + within) * Step);
    }
}
