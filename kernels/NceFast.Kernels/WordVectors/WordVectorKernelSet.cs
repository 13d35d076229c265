using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Kernels.WordVectors;

/// <summary>The kernels of one model, compiled for one device; model and objective become types here.</summary>
internal sealed class WordVectorKernelSet
{
    /// <param name="accelerator">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="shape">Which training kernel to take.</param>
    public WordVectorKernelSet(Accelerator accelerator, WordVectorSpec spec, WordVectorLaunch shape)
    {
        Keep = Load(accelerator, "keep", () => accelerator.LoadKernel<PlanArguments>(PlanKernels.Keep));
        Compact = Load(accelerator, "compact", () => accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Compact));
        Draw = Load(accelerator, "draw", () => accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Draw));
        Sum = Load(accelerator, "sum", () => accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run));
        Train = Load(accelerator, $"{(shape.Registers ? "register" : "plain")} {spec.Model}", () => accelerator.LoadKernel(Choose(spec, shape), Bounds(accelerator, shape)));
    }

    public Action<AcceleratorStream, KernelConfig, PlanArguments> Keep { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Compact { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Draw { get; }

    public Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> Sum { get; }

    public Action<AcceleratorStream, KernelConfig, TrainArguments> Train { get; set; }

    /// <summary>Compiles a kernel; one that fails is named with its device.</summary>
    /// <exception cref="NceFastException">It does not compile (<see cref="ErrorKind.Device"/>).</exception>
    internal static T Load<T>(Accelerator accelerator, string name, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e)
        {
            Throw.Device($"The kernel '{name}' does not compile for the {accelerator.AcceleratorType} device '{accelerator.Name}': {e.GetBaseException().Message.TrimEnd('.')}. Please report it with the output of 'ncefast devices', and take --device host.", e);
            throw;
        }
    }

    private static Action<TrainArguments> Choose(WordVectorSpec spec, WordVectorLaunch shape) => shape.Memory switch
    {
        0 => Plain(spec),
        8 => Registers<Memory8>(spec),
        12 => Registers<Memory12>(spec),
        16 => Registers<Memory16>(spec),
        24 => Registers<Memory24>(spec),
        32 => Registers<Memory32>(spec),
        _ => Registers<Memory46>(spec),
    };

    // On CUDA, the assembler then takes so few registers that no fewer groups run at once than of the plain kernel.
    private static KernelSpecialization Bounds(Accelerator accelerator, WordVectorLaunch shape) =>
        shape.Registers && accelerator.AcceleratorType == AcceleratorType.Cuda ? Bounds(shape.TrainThreads) : KernelSpecialization.Empty;

    /// <summary>Twelve warps a multiprocessor, three on each of its four parts: 168 of 65,536 registers a thread.</summary>
    internal static KernelSpecialization Bounds(int threads) => new(threads, Math.Max(1, 12 * 32 / threads));

    private static Action<TrainArguments> Registers<TMemory>(WordVectorSpec spec)
        where TMemory : struct, IMemorySize => (spec.Model, spec.Objective) switch
        {
            (ModelKind.SkipGram, ObjectiveKind.Nce) => RegisterKernels.SkipGram<NoiseContrastive, TMemory>,
            (ModelKind.SkipGram, ObjectiveKind.Neg) => RegisterKernels.SkipGram<NegativeSampling, TMemory>,
            (ModelKind.Cbow, ObjectiveKind.Nce) => RegisterKernels.Cbow<NoiseContrastive, TMemory>,
            (ModelKind.Cbow, ObjectiveKind.Neg) => RegisterKernels.Cbow<NegativeSampling, TMemory>,
            _ => throw NotOfThisBackend(spec),
        };

    private static Action<TrainArguments> Plain(WordVectorSpec spec) => (spec.Model, spec.Objective) switch
    {
        (ModelKind.SkipGram, ObjectiveKind.Nce) => SkipGramKernels.Plain<NoiseContrastive>,
        (ModelKind.SkipGram, ObjectiveKind.Neg) => SkipGramKernels.Plain<NegativeSampling>,
        (ModelKind.Cbow, ObjectiveKind.Nce) => CbowKernels.Plain<NoiseContrastive>,
        (ModelKind.Cbow, ObjectiveKind.Neg) => CbowKernels.Plain<NegativeSampling>,
        _ => throw NotOfThisBackend(spec),
    };

    private static ArgumentOutOfRangeException NotOfThisBackend(WordVectorSpec spec) =>
        new(nameof(spec), $"{spec.Model} with {spec.Objective} is not a model of this backend.");
}
