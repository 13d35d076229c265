using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels;

/// <summary>The kernels of one model, compiled for one device; model and objective become types here.</summary>
internal sealed class KernelSet
{
    public KernelSet(Accelerator accelerator, EmbeddingSpec spec)
    {
        Keep = accelerator.LoadKernel<PlanArguments>(PlanKernels.Keep);
        Compact = accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Compact);
        Draw = accelerator.LoadKernel<PlanArguments, PlanViews>(PlanKernels.Draw);
        Sum = accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run);
        Train = accelerator.LoadKernel(Choose(spec));
    }

    public Action<AcceleratorStream, KernelConfig, PlanArguments> Keep { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Compact { get; }

    public Action<AcceleratorStream, KernelConfig, PlanArguments, PlanViews> Draw { get; }

    public Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> Sum { get; }

    public Action<AcceleratorStream, KernelConfig, TrainArguments> Train { get; }

    private static Action<TrainArguments> Choose(EmbeddingSpec spec) => (spec.Model, spec.Objective) switch
    {
        (ModelKind.SkipGram, ObjectiveKind.Nce) => SkipGramKernels.Plain<NoiseContrastive>,
        (ModelKind.SkipGram, ObjectiveKind.Neg) => SkipGramKernels.Plain<NegativeSampling>,
        (ModelKind.Cbow, ObjectiveKind.Nce) => CbowKernels.Plain<NoiseContrastive>,
        (ModelKind.Cbow, ObjectiveKind.Neg) => CbowKernels.Plain<NegativeSampling>,
        _ => throw new ArgumentOutOfRangeException(nameof(spec), $"{spec.Model} with {spec.Objective} is not a model of this backend."),
    };
}
