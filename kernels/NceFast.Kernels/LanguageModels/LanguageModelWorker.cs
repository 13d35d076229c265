using ILGPU;
using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels.WordVectors;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Kernels.LanguageModels;

/// <summary>
/// Represents one stream of work on a device's language model. The host lays out the predictions of a block and sends them once. All
/// batches of the block are queued after that copy, and the sum of the losses comes back.
/// </summary>
internal sealed class LanguageModelWorker : StreamWorker
{
    private readonly LanguageModelSpec _spec;
    private readonly LanguageModelBuffers _model;
    private readonly LanguageModelLaunch _shape;
    private readonly WorkSize _work;
    private readonly WaveSize _wave;
    private readonly FlightClock _clock;
    private readonly ContextLauncher _context;
    private readonly IStepLauncher _step;
    private readonly BatchBuffers _buffers;
    private readonly PredictionLayout _layout;
    private readonly Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> _sum;
    private int _inFlight;

    public LanguageModelWorker(Accelerator accelerator, LanguageModelSpec spec, LanguageModelBuffers model, LanguageModelLaunch shape, WorkSize work, WaveSize wave, ContextLauncher context, IStepLauncher step, FlightClock clock, Lock gate)
        : base(accelerator, BatchBuffers.SourceLength(spec), gate)
    {
        (_spec, _model, _shape, _work, _wave, _context, _step, _clock) = (spec, model, shape, work, wave, context, step, clock);
        _buffers = new BatchBuffers(accelerator, spec, work, wave);
        _layout = new PredictionLayout(spec);
        _sum = accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run);
    }

    /// <summary>Gets the memory of the last block, for comparison with the host's.</summary>
    internal BatchBuffers Buffers => _buffers;

    internal override BlockResult Run(TokenBlock block, in BlockStep step)
    {
        _inFlight = _wave.Sets == 0 ? _clock.InFlight : _wave.Within(_clock.InFlight, _spec.Sharing);
        _layout.Prepare(block, _wave.Sets == 0 ? 0 : _inFlight, _wave.Sets, Staging.Span);
        if (_layout.Targets == 0)
            return default;
        QueueAndWait(block, step);
        return new BlockResult(Loss, _layout.Targets);
    }

    public override void Dispose()
    {
        _buffers.Dispose();
        base.Dispose();
    }

    protected override void Queue(TokenBlock block, in BlockStep step)
    {
        Accelerator.Bind();
        _buffers.Source.View.SubView(0, _layout.Length).CopyFrom(Stream, Staging.ArrayView.SubView(0, _layout.Length));
        int losses = 0;
        PhiloxStream noise = PhiloxStream.For(_spec.Seed, DrawPurpose.Noise, step.Epoch, block.Number);
        for (int number = 0; number < _layout.Batches.Count; number++)
        {
            LanguageModelArguments a = Arguments(_layout.Batches[number], losses, step.LearningRate);
            a.NoiseStream = LanguageModelPlan.NoiseStream(noise, number);
            _context.Forward(Stream, a);
            _step.Run(Stream, a, _layout.Batches[number].Waves);
            _context.Backward(Stream, a);
            _clock.Advance(a.Batch.Count);
            losses += _step.Losses(a.Batch.Count, _layout.Batches[number].Sets);
        }

        Sum(losses);
    }

    protected override string NotFinite() => _model.NotFinite();

    protected override FormattableString Rates(in BlockStep step) =>
        $"{Member.Of(nameof(TrainingOptions.LearningRate))} (here {step.LearningRate}), {Member.Of(nameof(LanguageModelOptions.PlaceRate))} (here {_spec.PlaceRate}) or {Member.Of(nameof(TrainingOptions.NoiseSharing))} (here {_spec.Sharing})";

    private void Sum(int losses)
    {
        Totals.Span[0] = losses;
        _buffers.Totals.View.CopyFrom(Stream, Totals.ArrayView);
        ArrayView<int> totals = _buffers.Totals.View;
        _sum(Stream, new KernelConfig(1, _shape.ElementThreads), new PlanViews { Kept = totals, Low = totals, High = totals, Noise = totals, Totals = totals, Sharing = 1 }, _buffers.Losses.View);
        Totals.ArrayView.CopyFrom(Stream, totals);
    }

    private LanguageModelArguments Arguments(in BatchLayout batch, int losses, float rate)
    {
        ArrayView<int> source = _buffers.Source.View;
        BatchViews views = _buffers.Batch(batch.Count, batch.Sets);
        WaveViews wave = _buffers.Wave;
        wave.TargetChain = source.SubView(batch.Chain, batch.Count);
        views.Stream = source.SubView(0, _layout.StreamLength);
        views.Targets = source.SubView(batch.Targets, batch.Count);
        views.Buckets = source.SubView(batch.Buckets, batch.Count);
        views.BucketUses = source.SubView(batch.BucketUses, batch.Count);
        views.Uses = source.SubView(batch.Uses, Math.Max(1, batch.Count * _spec.Shape.Places));
        views.SegmentStarts = source.SubView(batch.Starts, batch.Segments + 1);
        views.SegmentRows = source.SubView(batch.Rows, Math.Max(1, batch.Segments));
        views.Losses = _buffers.Losses.View.SubView(losses, _step.Losses(batch.Count, batch.Sets));
        views.SetStarts = _spec.Bigrams is null ? views.Noise : source.SubView(batch.SetStarts, batch.Sets + 1);
        views.Segments = batch.Segments;
        return new LanguageModelArguments
        {
            Model = _model.Views,
            Batch = views,
            Work = _buffers.Work,
            Wave = wave,
            SetSize = _spec.NoiseSetSize,
            Sharing = _spec.Sharing,
            LearnsLogZ = _spec.LearnsLogZ ? 1 : 0,
            IsAdaptive = _spec.AdaGrad ? 1 : 0,
            Side = _shape.Side,
            InFlight = _inFlight,
            Pull = (float)Curvature.Term(_spec.Objective.Traits()) * rate,
            Groups = _work.Groups,
            Weight = (float)_spec.K / _spec.NoiseSetSize,
            Rate = rate,
            PlaceRate = _spec.PlaceRate,
            Decay = _spec.WeightDecay,
            Penalty = _spec.SelfNormalization,
        };
    }
}
