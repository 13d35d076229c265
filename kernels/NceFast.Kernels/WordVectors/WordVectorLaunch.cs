using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Kernels.WordVectors;

/// <summary>Specifies the training kernel of a model on a device, and its threads and groups.</summary>
/// <param name="PlanThreads">Threads of a group of the plan kernels, a power of two.</param>
/// <param name="TrainThreads">Threads of a group of the training kernels.</param>
/// <param name="TrainGroups">Groups of the training kernels that run at once. Each processes one set of positions after another.</param>
/// <param name="Memory">Class of the register kernel's shared memory, KiB; 0 with the plain kernel.</param>
/// <param name="WhyPlain">The reason for the plain kernel, as text; null with the register kernel.</param>
internal readonly record struct WordVectorLaunch(int PlanThreads, int TrainThreads, int TrainGroups, int Memory, string? WhyPlain)
{
    // The plain kernel stores rows without weights, so that few groups may run at once. Sixteen train as one does, without subsampling too.
    private const int PlainGroups = 16;

    // The simulator runs each thread of a group as a thread of the operating system.
    private const int SimulatorThreads = 4;

    /// <summary>Gets a value indicating whether one group processes all sets in the host's order.</summary>
    public bool InOrder { get; private init; }

    /// <summary>Gets a value indicating whether inputs are held in registers, one column per thread.</summary>
    public bool Registers => WhyPlain is null;

    /// <summary>Chooses the launch for a model on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="plain">Whether to use the plain kernel where the faster one would serve.</param>
    /// <param name="inOrder">Whether one group processes all sets of positions one after another, as the host does.</param>
    public static WordVectorLaunch For(Device device, WordVectorSpec spec, bool plain = false, bool inOrder = false)
    {
        bool simulator = device.AcceleratorType == AcceleratorType.CPU;
        bool processor = device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU };
        int columns = AlignedMatrix.PadColumns(spec.Dim) / 4, most = Math.Min(PlanKernels.MaxThreads, device.MaxNumThreadsPerGroup);
        int registerThreads = RegisterThreads(columns), memory = MemorySizes.Class(GroupMemory.Floats(spec, registerThreads) / 4);
        string? why = plain ? "as requested" : WhyNoRegisters(device, spec, registerThreads, memory);
        int threads = why is null ? registerThreads : simulator ? SimulatorThreads : Math.Min(most, processor ? 32 : columns > 32 ? 128 : 64);
        int groups = inOrder || simulator ? 1 : device.NumMultiprocessors * (processor ? 1 : 16);
        if (why is not null)
            groups = Math.Min(groups, PlainGroups);
        return new WordVectorLaunch(simulator ? SimulatorThreads : most, threads, groups, why is null ? memory : 0, why) { InOrder = inOrder };
    }

    private static string? WhyNoRegisters(Device device, WordVectorSpec spec, int threads, int memory)
    {
        int most = Math.Min(GroupMemory.MaxThreads, device.MaxNumThreadsPerGroup);
        if (spec.Sharing == 1)
            return "every prediction has its own noise words";
        if (spec.Sharing > TileMath.Tile)
            return $"{spec.Sharing} positions share a set of noise words, but registers hold only {TileMath.Tile}";
        if (threads > most)
            return $"dim {spec.Dim} needs {threads} threads per group, but this device allows {most}";
        if (memory == 0 || (memory * 1024) + GroupMemory.StaticBytes > device.MaxSharedMemoryPerGroup)
            return $"the lists of a group need {4L * GroupMemory.Floats(spec, threads):N0} bytes of shared memory, but this device has {device.MaxSharedMemoryPerGroup:N0}";
        return null;
    }

    // One column per thread, rounded up to a multiple of the scores, because each such number of threads adds its own parts.
    private static int RegisterThreads(int columns) => (columns + GroupMemory.Scores - 1) / GroupMemory.Scores * GroupMemory.Scores;
}
