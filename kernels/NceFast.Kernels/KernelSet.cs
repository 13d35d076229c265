using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels;

/// <summary>The kernels of one model, compiled for one device; model and objective become types here.</summary>
internal sealed class KernelSet
{
    // What the training kernels allocate beside their rows, rounded up.
    private const int StaticSharedBytes = 2048;

    /// <param name="accelerator">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="columns">Units of four floats a row.</param>
    /// <param name="plain">Whether to take the plain kernel where the staged one would serve.</param>
    public KernelSet(Accelerator accelerator, EmbeddingSpec spec, int columns, bool plain)
    {
        long units = Stage.Units(spec, columns);
        IsStaged = !plain && units > 0 && (units * 16) + StaticSharedBytes <= accelerator.MaxSharedMemoryPerGroup;
        SharedMemory = IsStaged ? SharedMemoryConfig.RequestDynamic<float>(4 * (int)units) : SharedMemoryConfig.Empty;
        Keep = accelerator.LoadKernel<PlanArguments>(PlanKernels.Keep);
        Compact = accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Compact);
        Draw = accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Draw);
        Sum = accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run);
        Train = accelerator.LoadKernel(Choose(spec, IsStaged));
    }

    /// <summary>Whether rows are staged in shared memory.</summary>
    public bool IsStaged { get; }

    /// <summary>Shared memory of a group of the training kernel.</summary>
    public SharedMemoryConfig SharedMemory { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments> Keep { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Compact { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Draw { get; }

    public Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> Sum { get; }

    public Action<AcceleratorStream, KernelConfig, TrainArguments> Train { get; }

    private static Action<TrainArguments> Choose(EmbeddingSpec spec, bool staged) => (spec.Model, spec.Objective, staged) switch
    {
        (ModelKind.SkipGram, ObjectiveKind.Nce, true) => StagedKernels.SkipGram<NoiseContrastive>,
        (ModelKind.SkipGram, ObjectiveKind.Neg, true) => StagedKernels.SkipGram<NegativeSampling>,
        (ModelKind.Cbow, ObjectiveKind.Nce, true) => StagedKernels.Cbow<NoiseContrastive>,
        (ModelKind.Cbow, ObjectiveKind.Neg, true) => StagedKernels.Cbow<NegativeSampling>,
        (ModelKind.SkipGram, ObjectiveKind.Nce, false) => SkipGramKernels.Plain<NoiseContrastive>,
        (ModelKind.SkipGram, ObjectiveKind.Neg, false) => SkipGramKernels.Plain<NegativeSampling>,
        (ModelKind.Cbow, ObjectiveKind.Nce, false) => CbowKernels.Plain<NoiseContrastive>,
        (ModelKind.Cbow, ObjectiveKind.Neg, false) => CbowKernels.Plain<NegativeSampling>,
        _ => throw new ArgumentOutOfRangeException(nameof(spec), $"{spec.Model} with {spec.Objective} is not a model of this backend."),
    };
}
