using NceFast.Models;

namespace NceFast.Bench.Stability;

/// <summary>How large the parameters of a model are.</summary>
internal static class Magnitudes
{
    /// <summary>The largest magnitude of a parameter; not a number when one of them is none.</summary>
    public static double Largest(IReadOnlyList<ParameterTable> tables)
    {
        double largest = 0;
        foreach (ParameterTable table in tables.Where(t => !t.IsState))
        {
            for (long row = 0; row < table.Rows; row++)
                largest = Math.Max(largest, table.LargestMagnitude(row)); // Math.Max keeps what is no number
        }

        return largest;
    }
}
