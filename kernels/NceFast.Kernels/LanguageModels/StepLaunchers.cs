using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Queues the kernels that depend on the objective. They compute the steps of target rows and the gradient of h.</summary>
internal interface IStepLauncher
{
    /// <summary>Gets the number of losses that a batch writes.</summary>
    /// <param name="predictions">Its predictions.</param>
    /// <param name="sets">Its noise sets.</param>
    int Losses(int predictions, int sets);

    /// <summary>Queues the kernels of a batch.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="a">The arguments.</param>
    /// <param name="waves">The waves of shared noise.</param>
    void Run(AcceleratorStream stream, in LanguageModelArguments a, IReadOnlyList<WaveLayout> waves);
}

/// <summary>Queues the kernels for separate noise words of each prediction.</summary>
internal sealed class OwnNoiseLauncher<TTerms, TAdds, TNoise>(Accelerator accelerator, LanguageModelLaunch shape, WorkSize work) : IStepLauncher
    where TTerms : struct, INoiseTerms
    where TAdds : struct, IRowAdds
    where TNoise : struct, INoiseKind
{
    private readonly LanguageModelKernel _draw = new(accelerator, ContextKernels.Draw<TNoise>);

    private readonly LanguageModelKernel _step = new(accelerator, OwnNoiseKernel.Run<TTerms, TAdds, TNoise>);

    public int Losses(int predictions, int sets) => predictions;

    public void Run(AcceleratorStream stream, in LanguageModelArguments a, IReadOnlyList<WaveLayout> waves)
    {
        _draw.Run(stream, shape.GroupsFor(a.Batch.Noise.Length), shape.ElementThreads, a);
        int groups = Math.Min(Math.Min(work.Groups, a.InFlight), a.Batch.Count);
        LanguageModelArguments step = a;
        step.Flight = (groups * shape.Streams) - 1;
        _step.Run(stream, groups, shape.RowThreads, step);
    }
}

/// <summary>Queues the kernels of maximum likelihood.</summary>
internal sealed class SoftmaxLauncher : IStepLauncher
{
    private readonly LanguageModelLaunch _shape;
    private readonly LanguageModelKernel _scan, _normalize, _step, _collect;
    private readonly LanguageModelKernel? _decay;
    private readonly int _groups;

    public SoftmaxLauncher(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WorkSize work)
    {
        (_shape, _groups) = (shape, work.Groups);
        _scan = new LanguageModelKernel(accelerator, SoftmaxKernels.Scan);
        _normalize = new LanguageModelKernel(accelerator, SoftmaxKernels.Normalize);
        _step = new LanguageModelKernel(accelerator, spec.AdaGrad ? SoftmaxKernels.Step<AdaGradSteps> : SoftmaxKernels.Step<PlainSteps>);
        _collect = new LanguageModelKernel(accelerator, SoftmaxKernels.Collect);
        _decay = spec.WeightDecay > 0 ? new LanguageModelKernel(accelerator, SoftmaxKernels.Decay) : null;
    }

    public int Losses(int predictions, int sets) => predictions;

    public void Run(AcceleratorStream stream, in LanguageModelArguments a, IReadOnlyList<WaveLayout> waves)
    {
        int threads = _shape.Side * _shape.Side;
        _scan.Run(stream, _groups, threads, a);
        _normalize.Run(stream, a.Batch.Count, _shape.RowThreads, a);
        _step.Run(stream, _groups, threads, a);
        _collect.Run(stream, _shape.GroupsFor((long)a.Batch.Count * a.Model.Columns), _shape.ElementThreads, a);
        _decay?.Run(stream, a.Batch.Count, _shape.RowThreads, a);
    }
}
