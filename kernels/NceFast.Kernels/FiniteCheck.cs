using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels;

/// <summary>Searches a model on a device for values that are not finite numbers, and names their rows.</summary>
internal static class FiniteCheck
{
    private const long ChunkFloats = 4 << 20;

    /// <summary>Names the first row of a table that holds such a value; null when there is none.</summary>
    /// <param name="table">The table, which gives the name and the sizes.</param>
    /// <param name="view">The rows on the device. Memory after them is not read.</param>
    public static string? First<T>(ParameterTable table, ArrayView<T> view)
        where T : unmanaged
    {
        int unit = Interop.SizeOf<T>() / sizeof(float);
        long units = table.Rows * table.Stride / unit;
        var values = new T[Math.Min(ChunkFloats / unit, units)];
        for (long at = 0; at < units; at += values.Length)
        {
            int count = (int)Math.Min(values.Length, units - at);
            view.SubView(at, count).CopyToCPU(values);
            int found = IndexOf(MemoryMarshal.Cast<T, float>(values.AsSpan(0, count)));
            if (found >= 0)
                return $"{table.Name} row {((at * unit) + found) / table.Stride}";
        }

        return null;
    }

    /// <summary>Names what <see cref="First"/> found in each table, as a clause of a sentence.</summary>
    public static string Describe(IEnumerable<string?> found)
    {
        string rows = string.Join(", ", found.OfType<string>());
        return rows.Length == 0 ? "every parameter is still finite" : $"the first rows that are not finite are {rows}";
    }

    private static int IndexOf(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }

        return -1;
    }
}
