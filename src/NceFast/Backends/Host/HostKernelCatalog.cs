using NceFast.Numerics;

namespace NceFast.Backends.Host;

/// <summary>Creates the host's kernels for the vector width that <see cref="SimdCatalog"/> chooses.</summary>
internal static class HostKernelCatalog
{
    /// <summary>Gets the names of the kernels that this machine can run, best first.</summary>
    public static IReadOnlyList<string> Usable => SimdCatalog.Usable;

    /// <summary>Creates the best kernels, or those of a given name.</summary>
    /// <param name="name">A name of <see cref="SimdCatalog"/>. null means the name in the environment variable, or the best kernels if it is not set.</param>
    /// <exception cref="NceFastException">The name is unknown or the machine cannot run it.</exception>
    public static HostKernels Create(string? name) => SimdCatalog.Find(name) switch
    {
        SimdWidth.Vector512 => new Vector512Kernels(),
        SimdWidth.Vector256 => new Vector256Kernels(),
        SimdWidth.Vector128 => new Vector128Kernels(),
        _ => new ScalarKernels(),
    };
}
