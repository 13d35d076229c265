using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace NceFast.Kernels;

/// <summary>Represents an error code of a driver.</summary>
/// <param name="Code">The code.</param>
/// <param name="Meaning">The meaning of the code, as a phrase.</param>
/// <param name="Advice">What the user can do, as one or more sentences without the last full stop.</param>
internal sealed record DriverError(int Code, string Meaning, string Advice)
{
    /// <summary>CUDA_ERROR_NO_DEVICE.</summary>
    public const int NoCudaDevice = 100;

    /// <summary>CL_PLATFORM_NOT_FOUND_KHR.</summary>
    public const int NoOpenCLPlatform = -1001;

    private const string Report = "Please report this error with the name of the device, and train on the processor meanwhile";
    private const string Restart = "Stop the other programs that use the device, or restart the machine if it fails again";

    private static readonly DriverError[] OfCuda =
    [
        new(1, "an argument is not valid", Report),
        new(2, "out of memory", "Other programs may use the memory of the device; nvidia-smi lists them. Stop them or train a smaller model"),
        new(3, "the driver could not be initialized", "Check that nvidia-smi works, and restart the machine if it does not"),
        new(34, "the library is the stub of a CUDA toolkit", "Remove the folder 'stubs' from LD_LIBRARY_PATH, or install the driver"),
        new(35, "the driver is older than the program needs", "Install a newer driver"),
        new(46, "the device is busy or not available", "Another program may use it exclusively; nvidia-smi shows the compute mode. Stop that program or choose another device"),
        new(NoCudaDevice, "the driver found no device", "Check that nvidia-smi lists one; a container must be started with access to it"),
        new(101, "the number of the device is not valid", "Check CUDA_VISIBLE_DEVICES, and choose a device that the command 'devices' lists"),
        new(200, "the code of a kernel is not valid", Report),
        new(209, "the driver has no code for this device", Report),
        new(214, "an error of the device's memory that could not be corrected", "Restart the machine; if it happens again, the device may be defective"),
        new(218, "the code of a kernel was not accepted", "Install a newer driver, or report this error with the name of the device"),
        new(220, "an error of the link between devices", Restart),
        new(222, "the driver is older than the code of the kernels", "Install a newer driver"),
        new(700, "a kernel used memory that it does not own", Report),
        new(701, "a kernel needs more resources than the device has", Report),
        new(702, "a kernel ran longer than the driver permits", "Train on a device without a display"),
        new(716, "a kernel used a misaligned address", Report),
        new(719, "a kernel ended with an error", "The device may have been lost; the log of the system kernel has the reason (Xid). Resume from the last checkpoint"),
        new(800, "the operation is not permitted", "Check the permissions of the device files /dev/nvidia*"),
        new(801, "the operation is not supported on this system", "Install the driver that belongs to this device"),
        new(802, "the system is not ready", "Start the NVIDIA Fabric Manager, which systems with NVSwitch need, or try again later"),
        new(803, "the driver library and the kernel module have different versions", "Restart the machine after an update of the driver. In a container, use the driver library of the machine instead of one in the image"),
        new(804, "the forward compatibility of the library does not support this device", "Remove the package cuda-compat, or its folder from LD_LIBRARY_PATH"),
        new(805, "the Multi-Process Service does not answer", "Restart nvidia-cuda-mps-control, or stop it"),
        new(999, "an unknown error", "Check the log of the system kernel, load the module nvidia_uvm (modprobe nvidia_uvm), and restart the machine if that does not help"),
    ];

    private static readonly DriverError[] OfOpenCL =
    [
        new(-1, "no device was found", "Check with clinfo that the driver lists one"),
        new(-2, "the device is not available", Restart),
        new(-3, "the driver has no compiler", "Install the complete driver"),
        new(-4, "the memory of the device could not be allocated", "Stop other programs that use the device, or train a smaller model"),
        new(-5, "out of resources", Restart),
        new(-6, "out of memory of the processor", "Stop other programs, or train a smaller model"),
        new(-11, "a kernel does not compile", Report),
        new(-14, "a kernel that was awaited has failed", Report),
        new(-30, "an argument is not valid", Report),
        new(-54, "the driver does not support the size of a group of threads", Report),
        new(NoOpenCLPlatform, "no driver is installed (no platform)", "Install the OpenCL driver of the device; its file belongs in /etc/OpenCL/vendors"),
        new(-9999, "a kernel used memory that it does not own", Report),
    ];

    /// <summary>Finds an error of CUDA.</summary>
    public static DriverError Cuda(int code) => Array.Find(OfCuda, e => e.Code == code) ?? Unknown(code);

    /// <summary>Finds an error of OpenCL.</summary>
    public static DriverError OpenCL(int code) => Array.Find(OfOpenCL, e => e.Code == code) ?? Unknown(code);

    /// <summary>Describes an exception for a message: its text, and the code and the advice if it is an error of a driver.</summary>
    /// <returns>One or more sentences without the last full stop.</returns>
    public static string Describe(Exception exception)
    {
        Exception cause = exception.GetBaseException();
        string text = cause.Message.TrimEnd('.');
        return cause switch
        {
            CudaException cuda when Enum.TryParse(cuda.Error, out CudaError code) => $"{text}. {Cuda((int)code).Reported("CUDA")}",
            CLException cl => $"{text}. {OpenCL((int)cl.Error).Reported("OpenCL")}",
            _ => text,
        };
    }

    private static DriverError Unknown(int code) => new(code, "an error without a description here", "The documentation of the driver describes the code");

    private string Reported(string driver) => $"{driver} error {Code}: {Meaning}. {Advice}";
}
