using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using NceFast.Merging;

namespace NceFast.Kernels.LanguageModels;

/// <summary>How many threads the kernels of a log-bilinear model get on a device.</summary>
/// <param name="Side">Threads along each side of a tile; a group of a product has its square.</param>
/// <param name="RowThreads">Threads of a group that works on rows.</param>
/// <param name="ElementThreads">Threads of a group where each has an element of its own.</param>
/// <param name="StepGroups">Groups at once that know the objective; each takes one prediction or tile after another.</param>
/// <param name="WavePredictions">Predictions whose shared noise is scored before any step, at least one set's.</param>
/// <param name="Pull">See <see cref="LanguageModelArguments.Pull"/>.</param>
internal readonly record struct LanguageModelLaunch(int Side, int RowThreads, int ElementThreads, int StepGroups, int WavePredictions, float Pull)
{
    /// <summary>Groups that give each of many elements a thread, as far as a launch reaches.</summary>
    public int GroupsFor(long elements) => (int)Math.Clamp((elements + ElementThreads - 1) / ElementThreads, 1, 1 << 16);

    // Threads of the simulator are threads of the system.
    private const int SimulatorSide = 2;

    // Scores of a whole batch are too stale for its steps, and training diverges; see DESIGN.md in this folder.
    private const int MostWave = 32;

    /// <summary>The host's order: one prediction or set at a time, and each step as it comes.</summary>
    public LanguageModelLaunch InOrder => this with { StepGroups = 1, WavePredictions = 1, Pull = float.MaxValue };

    /// <summary>The shape for a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="columns">Units of four floats per row.</param>
    /// <param name="rowGroups">Whether a group takes one prediction, so that many run at once.</param>
    public static LanguageModelLaunch For(Device device, int columns, bool rowGroups)
    {
        int most = Math.Min(ContextKernels.MaxThreads, device.MaxNumThreadsPerGroup);
        if (device.AcceleratorType == AcceleratorType.CPU)
            return new LanguageModelLaunch(SimulatorSide, SimulatorSide * SimulatorSide, SimulatorSide * SimulatorSide, 1, 1, PullLimits.OnDevice);
        bool processor = device is CLDevice { DeviceType: CLDeviceType.CL_DEVICE_TYPE_CPU };
        int side = processor ? 8 : TiledProduct.MaxSide;
        while (side * side > most)
            side /= 2;
        int rows = Math.Min(most, processor || columns <= 32 ? 32 : 64);
        return new LanguageModelLaunch(
            side, rows, processor ? Math.Min(most, 64) : most, device.NumMultiprocessors * (processor ? 1 : rowGroups ? 16 : 2), MostWave, PullLimits.OnDevice);
    }
}
