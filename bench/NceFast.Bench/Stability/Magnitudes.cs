using NceFast.Models;

namespace NceFast.Bench.Stability;

/// <summary>Computes the magnitude of the parameters of a model.</summary>
internal static class Magnitudes
{
    /// <summary>Returns the largest magnitude of a parameter; NaN when a parameter is NaN.</summary>
    public static double Largest(IReadOnlyList<ParameterTable> tables)
    {
        double largest = 0;
        foreach (ParameterTable table in tables.Where(t => !t.IsState))
        {
            for (long row = 0; row < table.Rows; row++)
                largest = Math.Max(largest, table.LargestMagnitude(row)); // Math.Max propagates NaN
        }

        return largest;
    }
}
