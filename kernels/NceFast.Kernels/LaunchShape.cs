using ILGPU.Runtime;

namespace NceFast.Kernels;

/// <summary>How many threads a kernel gets on a device.</summary>
/// <param name="PlanThreads">Threads of a group of the plan kernels, a power of two.</param>
/// <param name="TrainThreads">Threads of a group of the training kernels.</param>
/// <param name="TrainGroups">Groups of the training kernels that run at once, each taking one group of positions after another.</param>
internal readonly record struct LaunchShape(int PlanThreads, int TrainThreads, int TrainGroups)
{
    /// <summary>The shape for a device; one of its own for the simulator, whose threads are threads of the system.</summary>
    public static LaunchShape For(Accelerator accelerator, int columns)
    {
        int most = Math.Min(PlanKernels.MaxThreads, accelerator.MaxNumThreadsPerGroup);
        if (accelerator.AcceleratorType == AcceleratorType.CPU)
            return new LaunchShape(most, most, 1);
        bool processor = accelerator is ILGPU.Runtime.OpenCL.CLAccelerator { DeviceType: ILGPU.Runtime.OpenCL.CLDeviceType.CL_DEVICE_TYPE_CPU };
        int threads = Math.Min(most, processor ? 32 : columns > 32 ? 128 : 64);
        return new LaunchShape(most, threads, accelerator.NumMultiprocessors * (processor ? 1 : 16));
    }
}
