namespace NceFast.Kernels;

/// <summary>Represents whether the driver of a kind of device works.</summary>
/// <param name="Reason">The reason why no device can be used, without the last full stop; null if the driver works.</param>
/// <param name="Failed">Whether a driver is installed and failed.</param>
internal readonly record struct DriverState(string? Reason, bool Failed)
{
    /// <summary>Loads the CUDA driver and initializes it.</summary>
    public static unsafe DriverState Cuda()
    {
        DriverLibrary library = DriverLibrary.Cuda;
        if (!library.TryLoad())
            return Missing(library);
        int code = ((delegate* unmanaged<uint, int>)library.Function("cuInit"))(0);
        if (code == 0)
            return default;
        if (code == DriverError.NoCudaDevice && Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is "" or "-1")
            return new DriverState("the environment variable CUDA_VISIBLE_DEVICES hides all devices", Failed: false);
        return Failure($"cuInit failed with error {code}", DriverError.Cuda(code));
    }

    /// <summary>Loads the library that finds OpenCL drivers and counts the drivers.</summary>
    public static unsafe DriverState OpenCL()
    {
        DriverLibrary library = DriverLibrary.OpenCL;
        if (!library.TryLoad())
            return Missing(library);
        uint platforms = 0;
        int code = ((delegate* unmanaged<uint, nint*, uint*, int>)library.Function("clGetPlatformIDs"))(0, null, &platforms);
        if (code == 0 && platforms > 0)
            return default;

        // The library itself is not a driver. Many systems install it without one.
        DriverError error = DriverError.OpenCL(code == 0 ? DriverError.NoOpenCLPlatform : code);
        return code is 0 or DriverError.NoOpenCLPlatform
            ? new DriverState($"clGetPlatformIDs found no driver{(code == 0 ? "" : $" (error {code})")}. {error.Advice}", Failed: false)
            : Failure($"clGetPlatformIDs failed with error {code}", error);
    }

    /// <summary>Describes a driver that works and lists no device.</summary>
    public static DriverState Empty(string kind) => new($"the driver works, but it lists no {kind} device that can be used", Failed: false);

    /// <summary>Describes a driver that failed when its devices were listed.</summary>
    public static DriverState Failure(Exception error) => new($"listing the devices failed: {DriverError.Describe(error)}", Failed: true);

    private static DriverState Missing(DriverLibrary library) => new($"the driver library {library.Names} was not found", Failed: false);

    private static DriverState Failure(string call, DriverError error) => new($"{call}: {error.Meaning}. {error.Advice}", Failed: true);
}
