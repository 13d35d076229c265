using ILGPU.Runtime;

namespace NceFast.Kernels;

/// <summary>Memory and streams of a device, at their end.</summary>
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
}
