using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Kernels.WordVectors;

/// <summary>Which training kernel a model gets on a device, and how many threads.</summary>
/// <param name="PlanThreads">Threads of a group of the plan kernels, a power of two.</param>
/// <param name="TrainThreads">Threads of a group of the training kernels.</param>
/// <param name="TrainGroups">Groups of the training kernels that run at once, each taking one group of positions after another.</param>
/// <param name="Memory">Class of the register kernel's shared memory, KiB; 0 with the plain kernel.</param>
/// <param name="WhyPlain">Why the plain kernel runs, in words; null when it does not.</param>
internal readonly record struct WordVectorLaunch(int PlanThreads, int TrainThreads, int TrainGroups, int Memory, string? WhyPlain)
{
    // Threads of the simulator are threads of the system.
    private const int SimulatorThreads = 4;

    /// <summary>Gets a value indicating whether inputs are held in registers, one column per thread.</summary>
    public bool Registers => WhyPlain is null;

    /// <summary>The shape for a model on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="plain">Whether to take the plain kernel where the faster one would serve.</param>
    /// <param name="inOrder">Whether one group takes all groups of positions in turn, as the host does.</param>
    public static WordVectorLaunch For(Device device, WordVectorSpec spec, bool plain = false, bool inOrder = false)
    {
        bool simulator = device.AcceleratorType == AcceleratorType.CPU;
        bool processor = device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU };
        int columns = AlignedMatrix.PadColumns(spec.Dim) / 4, most = Math.Min(PlanKernels.MaxThreads, device.MaxNumThreadsPerGroup);
        int registerThreads = RegisterThreads(columns), memory = MemorySizes.Class(GroupMemory.Floats(spec, registerThreads) / 4);
        string? why = plain ? "as asked" : WhyNoRegisters(device, spec, registerThreads, memory);
        int threads = why is null ? registerThreads : simulator ? SimulatorThreads : Math.Min(most, processor ? 32 : columns > 32 ? 128 : 64);
        int groups = inOrder || simulator ? 1 : device.NumMultiprocessors * (processor ? 1 : 16);
        return new WordVectorLaunch(simulator ? SimulatorThreads : most, threads, groups, why is null ? memory : 0, why);
    }

    private static string? WhyNoRegisters(Device device, WordVectorSpec spec, int threads, int memory)
    {
        int most = Math.Min(GroupMemory.MaxThreads, device.MaxNumThreadsPerGroup);
        if (spec.Sharing == 1)
            return "every prediction draws noise words of its own";
        if (spec.Sharing > TileMath.Tile)
            return $"{spec.Sharing} positions share a set of noise words, and registers hold {TileMath.Tile}";
        if (threads > most)
            return $"dim {spec.Dim} takes {threads} threads a group, and this device has {most}";
        if (memory == 0 || (memory * 1024) + GroupMemory.StaticBytes > device.MaxSharedMemoryPerGroup)
            return $"the lists of a group take {4L * GroupMemory.Floats(spec, threads):N0} bytes of shared memory, too many for this device's {device.MaxSharedMemoryPerGroup:N0}";
        return null;
    }

    // One column per thread, in whole runs of scores: each run adds up its own parts.
    private static int RegisterThreads(int columns) => (columns + GroupMemory.Scores - 1) / GroupMemory.Scores * GroupMemory.Scores;
}
