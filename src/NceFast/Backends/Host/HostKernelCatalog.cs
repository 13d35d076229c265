using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>The host's kernels of each vector width; <see cref="SimdCatalog"/> chooses the width.</summary>
internal static class HostKernelCatalog
{
    /// <summary>Gets the names of the kernels that this machine can run, best first.</summary>
    public static IReadOnlyList<string> Usable => SimdCatalog.Usable;

    /// <summary>Creates the best kernels, or those asked for by name.</summary>
    /// <param name="name">A name of <see cref="SimdCatalog"/>; null takes the environment variable's, else the best.</param>
    /// <exception cref="NceFastException">The name is unknown or the machine cannot run it.</exception>
    public static HostKernels Create(string? name) => SimdCatalog.Find(name) switch
    {
        SimdWidth.Vector512 => new Vector512Kernels(),
        SimdWidth.Vector256 => new Vector256Kernels(),
        SimdWidth.Vector128 => new Vector128Kernels(),
        _ => new ScalarKernels(),
    };
}
