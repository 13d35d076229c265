using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Queues the kernels for noise words that several predictions share, one wave of sets after another.</summary>
internal sealed class SharedNoiseLauncher<TTerms, TNoise> : IStepLauncher
    where TTerms : struct, INoiseTerms
    where TNoise : struct, INoiseKind
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelLaunch _shape;
    private readonly WaveSize _wave;
    private readonly LanguageModelKernel _draw, _prepare, _score, _carryBack, _rowGradients, _stepObserved, _stepNoise;
    private readonly LanguageModelKernel? _sampledSoftmax, _learnLogZ, _measure, _adaptObserved, _adaptNoise;

    public SharedNoiseLauncher(Accelerator accelerator, LanguageModelSpec spec, LanguageModelLaunch shape, WaveSize wave)
    {
        (_spec, _shape, _wave) = (spec, shape, wave);
        (_prepare, _score) = (Load(SharedNoiseKernels.Prepare<TTerms, TNoise>), Load(SharedNoiseKernels.Score<TTerms, TNoise>));
        _sampledSoftmax = TTerms.IsBinary ? null : Load(SharedNoiseKernels.SampledSoftmax);
        _learnLogZ = !spec.LearnsLogZ ? null : accelerator.AcceleratorType == AcceleratorType.Cuda ? Load(SharedNoiseKernels.LearnLogZ<AtomicAdds, TNoise>) : Load(SharedNoiseKernels.LearnLogZ<SwapAdds, TNoise>);
        (_draw, _carryBack, _rowGradients) = (Load(ContextKernels.Draw<TNoise>), Load(SharedNoiseKernels.CarryBack<TNoise>), Load(SharedNoiseKernels.RowGradients<TNoise>));
        (_stepObserved, _stepNoise) = spec.AdaGrad
            ? (Load(SharedNoiseKernels.StepObserved<AdaGradSteps>), Load(SharedNoiseKernels.StepNoise<AdaGradSteps>))
            : (Load(SharedNoiseKernels.StepObserved<PlainSteps>), Load(SharedNoiseKernels.StepNoise<PlainSteps>));
        if (spec.AdaGrad)
        {
            (_measure, _adaptObserved, _adaptNoise) = (Load(AdaptKernels.Measure), Load(AdaptKernels.AdaptObserved), Load(AdaptKernels.AdaptNoise<TNoise>));
        }

        LanguageModelKernel Load(Action<LanguageModelArguments> kernel) => new(accelerator, kernel);
    }

    /// <summary>
    /// Computes the number of losses of a wave, or of waves together: one per prediction for its observed word, then one per tile for the noise words. A softmax
    /// has only one per prediction.
    /// </summary>
    public int Losses(int predictions, int sets) => predictions + (TTerms.IsBinary ? sets * _wave.Tiles : 0);

    public void Run(AcceleratorStream stream, in LanguageModelArguments a, IReadOnlyList<WaveLayout> waves)
    {
        _draw.Run(stream, _shape.GroupsFor(a.Batch.Noise.Length), _shape.ElementThreads, a);
        int losses = 0;
        foreach (WaveLayout wave in waves)
        {
            RunWave(stream, Part(a, wave, losses), wave.Sets);
            losses += Losses(wave.Count, wave.Sets);
        }
    }

    private void RunWave(AcceleratorStream stream, in LanguageModelArguments a, int sets)
    {
        int count = a.Batch.Count, columns = a.Model.Columns, words = sets * _spec.NoiseSetSize, width = 4 * _shape.Side, tileThreads = _shape.Side * _shape.Side;
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
    private LanguageModelArguments Part(LanguageModelArguments a, WaveLayout wave, int losses)
    {
        (int first, int count) = (wave.First, wave.Count);
        long columns = a.Model.Columns, setSize = _spec.NoiseSetSize;
        a.Batch.Targets = a.Batch.Targets.SubView(first, count);
        a.Batch.Buckets = a.Batch.Buckets.SubView(first, count);
        a.Batch.BucketUses = a.Batch.BucketUses.SubView(first, count);
        a.Batch.Hidden = a.Batch.Hidden.SubView(first * columns, count * columns);
        a.Batch.Gradient = a.Batch.Gradient.SubView(first * columns, count * columns);
        a.Batch.Noise = a.Batch.Noise.SubView(wave.FirstSet * setSize, wave.Sets * setSize);
        a.Batch.Losses = a.Batch.Losses.SubView(losses, Losses(count, wave.Sets));
        a.Wave.TargetChain = a.Wave.TargetChain.SubView(first, count);
        a.Batch.Count = count;
        if (_spec.Bigrams is not null)
        {
            a.Batch.SetStarts = a.Batch.SetStarts.SubView(wave.FirstSet, wave.Sets + 1);
            a.Batch.LogNoise = a.Batch.LogNoise.SubView(wave.FirstSet * setSize, wave.Sets * setSize);
            a.Batch.LogNoiseOfObserved = a.Batch.LogNoiseOfObserved.SubView(first, count);
        }

        a.Flight = Math.Max(0, (count * _shape.Streams) - _spec.Sharing);
        return a;
    }
}
