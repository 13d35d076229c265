using NceFast.Backends;

namespace NceFast.Cli;

/// <summary>The one place where the program's devices come together.</summary>
internal static partial class DeviceCatalog
{
    public static BackendCatalog Create()
    {
        RegisterKernels(BackendCatalog.Default);
        return BackendCatalog.Default;
    }

    // Implemented in a build that holds kernels for accelerators; without one the call is not compiled.
    static partial void RegisterKernels(BackendCatalog catalog);
}
