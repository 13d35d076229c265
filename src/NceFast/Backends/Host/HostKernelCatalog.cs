using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>The one table that chooses the vector width.</summary>
internal static class HostKernelCatalog
{
    /// <summary>The environment variable that forces a width by name.</summary>
    public const string EnvironmentVariable = "NCEFAST_KERNELS";

    // Best first. Each row has a name, whether the processor can run it, and the reason for its rank.
    private static readonly (string Name, bool Usable, Func<HostKernels> Create)[] Ranked =
    [
        ("vector512", Avx512F.IsSupported && Vector512.IsHardwareAccelerated, () => new Vector512Kernels()), // fewest instructions a row
        ("vector256", Avx2.IsSupported && Fma.IsSupported, () => new Vector256Kernels()), // also where 512 bits lower the clock
        ("vector128", Vector128.IsHardwareAccelerated, () => new Vector128Kernels()), // Arm, and x86 without AVX2
        ("scalar", true, () => new ScalarKernels()), // the specification, runs anywhere
    ];

    /// <summary>Names of the classes this machine can run, best first.</summary>
    public static IReadOnlyList<string> Usable { get; } = [.. Ranked.Where(r => r.Usable).Select(r => r.Name)];

    /// <summary>Creates the best kernels, or those with a given name.</summary>
    /// <param name="name">A name in the table; null reads the environment variable and otherwise selects the best.</param>
    /// <exception cref="NceFastException">The name is unknown or the machine cannot run it.</exception>
    public static HostKernels Create(string? name)
    {
        name ??= Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(name) || name == "auto")
            return Ranked.First(r => r.Usable).Create();
        foreach (var row in Ranked)
        {
            if (row.Name != name)
                continue;
            if (!row.Usable)
                Throw.Device($"The host kernels '{name}' need instructions this processor lacks; it can run {string.Join(", ", Usable)}.");
            return row.Create();
        }

        Throw.Usage($"There are no host kernels '{name}'; allowed are auto, {string.Join(", ", Ranked.Select(r => r.Name))}.");
        return null!;
    }
}
