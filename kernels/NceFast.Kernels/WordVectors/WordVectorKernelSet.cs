using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the kernels of one model, compiled for one device. Model and objective become types here.</summary>
internal sealed class WordVectorKernelSet
{
    // Warps per multiprocessor with three or two on each of its four parts.
    private const int MostWarps = 12, FewerWarps = 8, WarpThreads = 32;

    // The driver takes as much of a multiprocessor's shared memory for each group, from SM 8.0 on.
    private const int ReservedBytes = 1024;

    /// <param name="accelerator">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="shape">Selects the training kernel.</param>
    public WordVectorKernelSet(Accelerator accelerator, WordVectorSpec spec, WordVectorLaunch shape)
    {
        Keep = Load(accelerator, "keep", () => accelerator.LoadKernel<PlanArguments>(PlanKernels.Keep));
        Compact = Load(accelerator, "compact", () => accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Compact));
        Draw = Load(accelerator, "draw", () => accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Draw));
        Sum = Load(accelerator, "sum", () => accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run));
        if (!spec.Objective.Traits().HasBiases)
        {
            MeanSum = Load(accelerator, "sum of rows", () => accelerator.AcceleratorType == AcceleratorType.Cuda ? accelerator.LoadKernel<TrainArguments, int>(MeanKernels.Sum<AtomicAdds>) : accelerator.LoadKernel<TrainArguments, int>(MeanKernels.Sum<SwapAdds>));
            MeanNormalize = Load(accelerator, "mean of rows", () => accelerator.LoadKernel<TrainArguments>(MeanKernels.Normalize));
        }

        Train = Load(accelerator, $"{(shape.Registers ? "register" : "plain")} {spec.Model}", () => accelerator.LoadKernel(spec.Objective.Traits().Accept(Choice(accelerator, spec, shape)), Bounds(accelerator, shape)));
    }

    public Action<AcceleratorStream, KernelConfig, PlanArguments> Keep { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Compact { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Draw { get; }

    public Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> Sum { get; }

    /// <summary>Gets the kernels of the means of rows; null for an objective with biases.</summary>
    public Action<AcceleratorStream, KernelConfig, TrainArguments, int>? MeanSum { get; }

    /// <inheritdoc cref="MeanSum"/>
    public Action<AcceleratorStream, KernelConfig, TrainArguments>? MeanNormalize { get; }

    public Action<AcceleratorStream, KernelConfig, TrainArguments> Train { get; set; }

    /// <summary>Compiles a kernel. The exception for a failure names the kernel and its device.</summary>
    /// <exception cref="NceFastException">The kernel does not compile (<see cref="ErrorKind.Device"/>).</exception>
    internal static T Load<T>(Accelerator accelerator, string name, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e)
        {
            Throw.Device($"The kernel '{name}' does not compile for the {accelerator.AcceleratorType} device '{accelerator.Name}': {e.GetBaseException().Message.TrimEnd('.')}. Please report it with the name of the device, and set {Member.Of(nameof(TrainingOptions.Device))} to host.", e);
            throw;
        }
    }

    // On CUDA, the assembler then uses so few registers that as many groups run at once as shared memory allows, up to three warps per quarter.
    private static KernelSpecialization Bounds(Accelerator accelerator, WordVectorLaunch shape) =>
        shape.Registers && accelerator is CudaAccelerator cuda ? Bounds(shape.TrainThreads, shape.Memory, cuda.MaxSharedMemoryPerMultiprocessor) : KernelSpecialization.Empty;

    /// <summary>
    /// Gets the bounds for as many groups as fit in the shared memory of a multiprocessor: three warps on each of its four parts, which
    /// leaves 168 of 65,536 registers per thread, otherwise two, which leaves all 255.
    /// </summary>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="memory">Class of the group's shared memory, KiB.</param>
    /// <param name="shared">Bytes of shared memory per multiprocessor.</param>
    internal static KernelSpecialization Bounds(int threads, int memory, int shared)
    {
        int warps = (threads + WarpThreads - 1) / WarpThreads;
        int groups = Math.Max(1, Math.Min(shared / ((1024 * memory) + GroupMemory.StaticBytes + ReservedBytes), MostWarps / warps));

        // A third warp on a single part would take registers from all of them.
        if (groups * warps is > FewerWarps and < MostWarps && FewerWarps % warps == 0)
            groups = FewerWarps / warps;
        return new KernelSpecialization(threads, groups);
    }

    // OpenCL has no addition of floats in one step, and comparing and swapping would repeat for frequent rows. The simulator runs a single group.
    private static IObjectiveVisitor<Action<TrainArguments>> Choice(Accelerator accelerator, WordVectorSpec spec, WordVectorLaunch shape) =>
        accelerator.AcceleratorType == AcceleratorType.Cuda ? new KernelChoice<AtomicAdds>(spec, shape) : new KernelChoice<PlainAdds>(spec, shape);

    // This is the only place where model, objective, memory and additions become types.
    private sealed class KernelChoice<TAdds>(WordVectorSpec spec, WordVectorLaunch shape) : IObjectiveVisitor<Action<TrainArguments>>
        where TAdds : struct, IRowAdds
    {
        public Action<TrainArguments> Binary<TObjective>()
            where TObjective : struct, IBinaryObjective => shape.Memory switch
            {
                0 => Plain<TObjective>(),
                8 => Registers<TObjective, Memory8>(),
                10 => Registers<TObjective, Memory10>(),
                12 => Registers<TObjective, Memory12>(),
                17 => Registers<TObjective, Memory17>(),
                22 => Registers<TObjective, Memory22>(),
                31 => Registers<TObjective, Memory31>(),
                _ => Registers<TObjective, Memory46>(),
            };

        public Action<TrainArguments> Sampled<TObjective>()
            where TObjective : struct, ISampledObjective => Binary<SummedNoise<TObjective>>();

        public Action<TrainArguments> Exact() => throw spec.Objective.Traits().NotOf(ModelFamilies.WordVectors);

        private Action<TrainArguments> Plain<TObjective>()
            where TObjective : struct, IBinaryObjective => spec.Model == ModelKind.SkipGram ? SkipGramKernels.Plain<TObjective> : CbowKernels.Plain<TObjective>;

        private Action<TrainArguments> Registers<TObjective, TMemory>()
            where TObjective : struct, IBinaryObjective
            where TMemory : struct, IMemorySize => spec.AdaGrad ? Registers<TObjective, TMemory, AdaGradSteps>() : Registers<TObjective, TMemory, PlainSteps>();

        private Action<TrainArguments> Registers<TObjective, TMemory, TSteps>()
            where TObjective : struct, IBinaryObjective
            where TMemory : struct, IMemorySize
            where TSteps : struct, ISteps => spec.Model == ModelKind.SkipGram ? RegisterKernels.SkipGram<TObjective, TMemory, TAdds, TSteps> : RegisterKernels.Cbow<TObjective, TMemory, TAdds, TSteps>;
    }
}
