using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Queues the kernels for noise words that several predictions share, one wave of sets after another.</summary>
internal sealed class SharedNoiseLauncher<TTerms> : IStepLauncher
    where TTerms : struct, INoiseTerms
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelLaunch _shape;
    private readonly WaveSize _wave;
    private readonly LanguageModelKernel _draw, _prepare, _score, _carryBack, _rowGradients, _stepObserved, _stepNoise;
    private readonly LanguageModelKernel? _sampledSoftmax, _learnLogZ, _measure, _adaptObserved, _adaptNoise;

    public SharedNoiseLauncher(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WaveSize wave)
    {
        (_spec, _shape, _wave) = (spec, shape, wave);
        (_prepare, _score) = (Load(SharedNoiseKernels.Prepare<TTerms>), Load(SharedNoiseKernels.Score<TTerms>));
        _sampledSoftmax = TTerms.IsBinary ? null : Load(SharedNoiseKernels.SampledSoftmax);
        _learnLogZ = !spec.LearnsLogZ ? null : accelerator.AcceleratorType == AcceleratorType.Cuda ? Load(SharedNoiseKernels.LearnLogZ<AtomicAdds>) : Load(SharedNoiseKernels.LearnLogZ<SwapAdds>);
        (_draw, _carryBack, _rowGradients) = (Load(ContextKernels.Draw), Load(SharedNoiseKernels.CarryBack), Load(SharedNoiseKernels.RowGradients));
        (_stepObserved, _stepNoise) = spec.AdaGrad
            ? (Load(SharedNoiseKernels.StepObserved<AdaGradSteps>), Load(SharedNoiseKernels.StepNoise<AdaGradSteps>))
            : (Load(SharedNoiseKernels.StepObserved<PlainSteps>), Load(SharedNoiseKernels.StepNoise<PlainSteps>));
        if (spec.AdaGrad)
        {
            (_measure, _adaptObserved, _adaptNoise) = (Load(AdaptKernels.Measure), Load(AdaptKernels.AdaptObserved), Load(AdaptKernels.AdaptNoise));
        }

        LanguageModelKernel Load(Action<LanguageModelArguments> kernel) => new(accelerator, kernel);
    }

    public int Losses(int predictions) => WaveLosses(predictions);

    public void Run(AcceleratorStream stream, in LanguageModelArguments a)
    {
        _draw.Run(stream, _shape.GroupsFor(a.Batch.Noise.Length), _shape.ElementThreads, a);
        for (int first = 0, losses = 0; first < a.Batch.Count; first += a.InFlight)
        {
            LanguageModelArguments wave = Part(a, first, Math.Min(a.InFlight, a.Batch.Count - first), losses);
            RunWave(stream, wave);
            losses += WaveLosses(wave.Batch.Count);
        }
    }

    /// <summary>
    /// Computes the number of losses of a wave, or of waves together: one per prediction for its observed word, then one per tile for the noise words. A softmax
    /// has only one per prediction.
    /// </summary>
    private int WaveLosses(int predictions) => predictions + (TTerms.IsBinary ? Sets(predictions) * _wave.Tiles : 0);

    private int Sets(int predictions) => (predictions + _spec.Sharing - 1) / _spec.Sharing;

    private void RunWave(AcceleratorStream stream, in LanguageModelArguments a)
    {
        int count = a.Batch.Count, sets = Sets(count), columns = a.Model.Columns, words = sets * _spec.NoiseSetSize, width = 4 * _shape.Side, tileThreads = _shape.Side * _shape.Side;
        int across = ((4 * columns) + width - 1) / width, elements = _shape.ElementThreads;
        _prepare.Run(stream, count, _shape.RowThreads, a);
        _score.Run(stream, sets * _wave.Tiles, tileThreads, a);
        _sampledSoftmax?.Run(stream, count, _shape.RowThreads, a);
        _learnLogZ?.Run(stream, sets, _shape.RowThreads, a);
        _measure?.Run(stream, count, _shape.RowThreads, a);
        _adaptObserved?.Run(stream, _shape.GroupsFor(count), elements, a);
        _stepObserved.Run(stream, _shape.GroupsFor((long)count * columns), elements, a);
        _carryBack.Run(stream, sets * across * ((Math.Min(_spec.Sharing, count) + width - 1) / width), tileThreads, a);
        _adaptNoise?.Run(stream, _shape.GroupsFor(words), elements, a);
        _rowGradients.Run(stream, sets * across * ((_spec.NoiseSetSize + width - 1) / width), tileThreads, a);
        _stepNoise.Run(stream, _shape.GroupsFor((long)words * columns), elements, a);
    }

    // A wave is a smaller batch.
    private LanguageModelArguments Part(LanguageModelArguments a, int first, int count, int losses)
    {
        long columns = a.Model.Columns, setSize = _spec.NoiseSetSize;
        a.Batch.Targets = a.Batch.Targets.SubView(first, count);
        a.Batch.Buckets = a.Batch.Buckets.SubView(first, count);
        a.Batch.BucketUses = a.Batch.BucketUses.SubView(first, count);
        a.Batch.Hidden = a.Batch.Hidden.SubView(first * columns, count * columns);
        a.Batch.Gradient = a.Batch.Gradient.SubView(first * columns, count * columns);
        a.Batch.Noise = a.Batch.Noise.SubView(first / _spec.Sharing * setSize, Sets(count) * setSize);
        a.Batch.Losses = a.Batch.Losses.SubView(losses, WaveLosses(count));
        a.Wave.TargetChain = a.Wave.TargetChain.SubView(first, count);
        a.Batch.Count = count;
        a.Flight = Math.Max(0, (count * _shape.Streams) - _spec.Sharing);
        return a;
    }
}
