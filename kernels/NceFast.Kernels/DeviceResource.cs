using ILGPU.Runtime;
using NceFast.Numerics;

namespace NceFast.Kernels;

/// <summary>Copies between host and device, and the end of what a device holds, when the device may fail.</summary>
internal static class DeviceResource
{
    /// <summary>Disposes of a resource. A device that was lost refuses to free anything; that must not hide how it was lost.</summary>
    public static void Release(IDisposable resource)
    {
        try
        {
            resource.Dispose();
        }
        catch (AcceleratorException)
        {
            // the error that ended the device has been reported
        }
    }

    /// <summary>Copies parameters in one direction, after all work of the device is done.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="copy">Copies the parameters in the given stream.</param>
    /// <exception cref="NceFastException">The device failed.</exception>
    public static void Copy(Accelerator accelerator, Action<AcceleratorStream> copy)
    {
        try
        {
            accelerator.Bind();
            accelerator.Synchronize();
            copy(accelerator.DefaultStream);
        }
        catch (Exception e) when (e is not NceFastException)
        {
            Throw.Device($"The {accelerator.AcceleratorType} device '{accelerator.Name}' failed while parameters were copied: {DriverError.Describe(e)}. Checkpoints that were saved before are complete.", e);
        }
    }
}
