using NceFast.Backends;

namespace NceFast.Kernels;

/// <summary>Makes CUDA and OpenCL devices available to trainers.</summary>
public static class Accelerators
{
    /// <summary>Adds CUDA devices, OpenCL devices and a simulator to a catalog. No driver is loaded until a device is asked for.</summary>
    /// <param name="catalog">The catalog, usually <see cref="BackendCatalog.Default"/>, which trainers use if they receive no other.</param>
    /// <returns>The catalog.</returns>
    /// <example>
    /// <code>
    /// BackendCatalog.Default.AddAccelerators();
    /// var trainer = new WordVectorTrainer(new WordVectorOptions { Device = "cuda:0" });
    /// </code>
    /// </example>
    public static BackendCatalog AddAccelerators(this BackendCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        foreach (IBackendProvider provider in AcceleratorProvider.OfProcess)
            catalog.Register(provider);
        return catalog;
    }
}
