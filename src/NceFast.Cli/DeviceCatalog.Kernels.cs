using NceFast.Backends;
using NceFast.Kernels;

namespace NceFast.Cli;

/// <summary>Part of a build that holds kernels for accelerators.</summary>
internal static partial class DeviceCatalog
{
    static partial void RegisterKernels(BackendCatalog catalog) => catalog.AddAccelerators();
}
