using NceFast.Objectives;

namespace NceFast.Bench.Gpu;

/// <summary>Computes the share of a device's memory bandwidth that the register kernels of skip-gram use.</summary>
internal static class RowTraffic
{
    /// <summary>Returns the rows that are loaded and added per kept word, which TrafficTests counts.</summary>
    public static double RowsPerWord(ObjectiveKind objective) => objective == ObjectiveKind.Nce ? 9.5 : 11.5;

    /// <summary>Computes the share as a cell of a table; empty if the bandwidth is unknown.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="keptWords">Kept words per second.</param>
    /// <param name="dim">The number of floats per row.</param>
    /// <param name="bandwidth">The bandwidth of the memory, GB/s.</param>
    public static string Share(ObjectiveKind objective, double keptWords, int dim, double bandwidth) =>
        bandwidth > 0 ? FormattableString.Invariant($"{100 * keptWords * RowsPerWord(objective) * sizeof(float) * dim / (1e9 * bandwidth):F1}") : "";
}
