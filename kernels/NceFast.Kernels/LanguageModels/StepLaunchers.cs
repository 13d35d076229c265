using ILGPU.Runtime;
using NceFast.Merging;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Queues the kernels that know the objective: from h to steps of target rows and the gradient by h.</summary>
internal interface IStepLauncher
{
    /// <summary>Losses that a batch leaves.</summary>
    int Losses(int predictions);

    void Run(AcceleratorStream stream, in LanguageModelArguments a);
}

/// <summary>Noise words of its own for each prediction.</summary>
internal sealed class OwnNoiseLauncher<TTerms>(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WorkSize work) : IStepLauncher
    where TTerms : struct, INoiseTerms
{
    private readonly LanguageModelKernel _draw = new(accelerator, ContextKernels.Draw);

    private readonly LanguageModelKernel _step = new(accelerator, OwnNoiseKernel.Run<TTerms>);

    // Terms a prediction has of the most frequent noise word, its observed one included.
    private readonly float _terms = 1 + (spec.K * (float)Largest(spec.Noise.Probabilities));

    public int Losses(int predictions) => predictions;

    public void Run(AcceleratorStream stream, in LanguageModelArguments a)
    {
        _draw.Run(stream, shape.GroupsFor(a.Batch.Noise.Length), shape.ElementThreads, a);

        // Groups that run at once take their scores from about the same parameters.
        int most = PullLimits.AtOnce(a.Rate, _terms, a.Pull, work.Groups);
        _step.Run(stream, Math.Min(most, a.Batch.Count), shape.RowThreads, a);
    }

    private static double Largest(ReadOnlySpan<double> probabilities)
    {
        double largest = 0;
        foreach (double p in probabilities)
            largest = Math.Max(largest, p);
        return largest;
    }
}

/// <summary>Maximum likelihood.</summary>
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

    public int Losses(int predictions) => predictions;

    public void Run(AcceleratorStream stream, in LanguageModelArguments a)
    {
        int threads = _shape.Side * _shape.Side;
        _scan.Run(stream, _groups, threads, a);
        _normalize.Run(stream, a.Batch.Count, _shape.RowThreads, a);
        _step.Run(stream, _groups, threads, a);
        _collect.Run(stream, _shape.GroupsFor((long)a.Batch.Count * a.Model.Columns), _shape.ElementThreads, a);
        _decay?.Run(stream, a.Batch.Count, _shape.RowThreads, a);
    }
}
