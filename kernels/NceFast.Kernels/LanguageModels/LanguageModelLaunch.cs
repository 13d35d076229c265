using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Specifies the threads and groups of the kernels of a log-bilinear model on a device.</summary>
/// <param name="Side">Threads along each side of a tile. A group of a product has the square of this number.</param>
/// <param name="RowThreads">Threads of a group that works on rows.</param>
/// <param name="ElementThreads">Threads of a group in which each thread has its own element.</param>
/// <param name="StepGroups">Number of groups that run at once in the kernels of the objective. Each processes one prediction or tile after another.</param>
/// <param name="WavePredictions">Predictions whose shared noise words are scored before any step; at least those of one set.</param>
/// <param name="Streams">Number of streams that run kernels at the same time.</param>
/// <param name="IsAtomic">Whether groups add their steps atomically; plain stores otherwise.</param>
internal readonly record struct LanguageModelLaunch(int Side, int RowThreads, int ElementThreads, int StepGroups, int WavePredictions, int Streams, bool IsAtomic)
{
    /// <summary>Computes the number of groups that gives each of many elements a thread, up to the limit of a launch.</summary>
    public int GroupsFor(long elements) => (int)Math.Clamp((elements + ElementThreads - 1) / ElementThreads, 1, 1 << 16);

    // The simulator runs each thread of a group as a thread of the operating system.
    private const int SimulatorSide = 2;

    // Longer waves were not simulated; see DESIGN.md in this folder.
    private const int MostWave = 1024;

    /// <summary>Gets the launch in the host's order: one prediction or set at a time, with steps as large as there.</summary>
    public LanguageModelLaunch InOrder => this with { StepGroups = 1, WavePredictions = 1, Streams = 1 };

    /// <summary>Chooses the launch for a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="columns">Units of four floats per row.</param>
    /// <param name="rowGroups">Whether a group processes one prediction, so that many groups can run at once.</param>
    public static LanguageModelLaunch For(Device device, int columns, bool rowGroups)
    {
        int most = Math.Min(ContextKernels.MaxThreads, device.MaxNumThreadsPerGroup);
        if (device.AcceleratorType == AcceleratorType.CPU)
            return new LanguageModelLaunch(SimulatorSide, SimulatorSide * SimulatorSide, SimulatorSide * SimulatorSide, 1, 1, 1, false);
        bool processor = device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU };
        int side = processor ? 8 : TiledProduct.MaxSide;
        while (side * side > most)
            side /= 2;
        int rows = Math.Min(most, processor || columns <= 32 ? 32 : 64);
        return new LanguageModelLaunch(
            side, rows, processor ? Math.Min(most, 64) : most, device.NumMultiprocessors * (processor ? 1 : rowGroups ? 16 : 2), MostWave, AcceleratorLanguageModelBackend.MostWorkers, !processor);
    }
}
