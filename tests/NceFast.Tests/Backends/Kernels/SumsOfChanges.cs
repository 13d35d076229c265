using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Compares how far a device and the host moved the tables of a model.</summary>
internal static class SumsOfChanges
{
    /// <summary>Asserts that the device moved each table as the host did.</summary>
    /// <param name="tolerance">Largest square of the difference, as a part of the square of the change. Biases are large beside their changes, which costs precision.</param>
    /// <param name="tables">Names of the tables to compare.</param>
    /// <param name="before">The model before the change.</param>
    /// <param name="expected">The model that the host changed.</param>
    /// <param name="actual">The model that the device changed.</param>
    public static void Equal(double tolerance, string[] tables, ModelParameters before, ModelParameters expected, ModelParameters actual)
    {
        foreach (((ParameterTable old, ParameterTable x), ParameterTable y) in before.Tables.Zip(expected.Tables).Zip(actual.Tables).Where(t => tables.Contains(t.Second.Name)))
        {
            double change = 0, difference = 0;
            for (long row = 0; row < x.Rows; row++)
            {
                for (int c = 0; c < x.Columns; c++)
                {
                    change += Math.Pow(x.Row(row)[c] - old.Row(row)[c], 2);
                    difference += Math.Pow(x.Row(row)[c] - y.Row(row)[c], 2);
                }
            }

            Assert.True(difference <= tolerance * change, $"{x.Name} changes by {Math.Sqrt(change)} on the host, and the device differs by {Math.Sqrt(difference)}");
        }
    }
}
