using ILGPU;
using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Kernels;

/// <summary>
/// One stream of work on a device's language model. The host lays out a block's predictions and sends them up once; all
/// batches of the block are queued behind it, and the sum of the loss comes back.
/// </summary>
internal sealed class LogBilinearWorker : IBlockWorker, IDisposable
{
    private readonly Accelerator _accelerator;
    private readonly LogBilinearSpec _spec;
    private readonly LogBilinearBuffers _model;
    private readonly LogBilinearLaunch _shape;
    private readonly WorkSize _work;
    private readonly ContextLauncher _context;
    private readonly IStepLauncher _step;
    private readonly Lock _gate;
    private readonly AcceleratorStream _stream;
    private readonly PageLockedArray1D<int> _staging, _totals;
    private readonly BatchBuffers _buffers;
    private readonly PredictionLayout _layout;
    private readonly Action<AcceleratorStream, KernelConfig, PlanViews, ArrayView<float>> _sum;

    public LogBilinearWorker(Accelerator accelerator, LogBilinearSpec spec, LogBilinearBuffers model, LogBilinearLaunch shape, WorkSize work, WaveSize wave, ContextLauncher context, IStepLauncher step, Lock gate)
    {
        (_accelerator, _spec, _model, _shape, _work, _context, _step, _gate) = (accelerator, spec, model, shape, work, context, step, gate);
        _stream = accelerator.CreateStream();
        _staging = accelerator.AllocatePageLocked1D<int>(BatchBuffers.SourceLength(spec.Shape));
        _totals = accelerator.AllocatePageLocked1D<int>(4);
        _buffers = new BatchBuffers(accelerator, spec, work, wave);
        _layout = new PredictionLayout(spec, wave.Predictions);
        _sum = accelerator.LoadKernel<PlanViews, ArrayView<float>>(SumKernel.Run);
    }

    /// <summary>Whether the device failed in a block; its memory is then not to be trusted.</summary>
    internal bool HasFailed { get; private set; }

    /// <summary>Memory of the last block, for comparison with the host's.</summary>
    internal BatchBuffers Buffers => _buffers;

    public BlockResult Process(TokenBlock block, in BlockStep step)
    {
        _layout.Prepare(block, _staging.Span);
        if (_layout.Targets == 0)
            return default;
        try
        {
            Queue(block, step);
            _stream.Synchronize();
        }
        catch (Exception e) when (e is not NceFastException)
        {
            HasFailed = true;
            Throw.Device($"{_accelerator.AcceleratorType} device '{_accelerator.Name}' failed in epoch {step.Epoch + 1}, block {block.Number}: {e.GetBaseException().Message} The parameters are those of the end of the epoch before.", e);
        }

        return new BlockResult(BitConverter.Int32BitsToSingle(_totals.Span[2]), _layout.Targets);
    }

    public void Flush()
    {
        lock (_gate)
            _stream.Synchronize();
    }

    public void Dispose()
    {
        _buffers.Dispose();
        _staging.Dispose();
        _totals.Dispose();
        _stream.Dispose();
    }

    // Launches of one device are queued one worker at a time; the wait for the stream is outside.
    private void Queue(TokenBlock block, in BlockStep step)
    {
        lock (_gate)
        {
            _accelerator.Bind();
            _buffers.Source.View.SubView(0, _layout.Length).CopyFrom(_stream, _staging.ArrayView.SubView(0, _layout.Length));
            int losses = 0;
            PhiloxStream noise = PhiloxStream.For(_spec.Seed, DrawPurpose.Noise, step.Epoch, block.Number);
            for (int number = 0; number < _layout.Batches.Count; number++)
            {
                LogBilinearArguments a = Arguments(_layout.Batches[number], losses, step.LearningRate);
                a.NoiseStream = PredictionPlan.NoiseStream(noise, number);
                _context.Forward(_stream, a);
                _step.Run(_stream, a);
                _context.Backward(_stream, a);
                losses += _step.Losses(a.Batch.Count);
            }

            Sum(losses);
        }
    }

    private void Sum(int losses)
    {
        _totals.Span[0] = losses;
        _buffers.Totals.View.CopyFrom(_stream, _totals.ArrayView);
        ArrayView<int> totals = _buffers.Totals.View;
        _sum(_stream, new KernelConfig(1, _shape.ElementThreads), new PlanViews { Kept = totals, Low = totals, High = totals, Noise = totals, Totals = totals, Sharing = 1 }, _buffers.Losses.View);
        _totals.ArrayView.CopyFrom(_stream, totals);
    }

    private LogBilinearArguments Arguments(in BatchLayout batch, int losses, float rate)
    {
        ArrayView<int> source = _buffers.Source.View;
        BatchViews views = _buffers.Batch(batch.Count, _spec.Objective == LanguageObjective.MaximumLikelihood ? 0 : (batch.Count + _spec.Sharing - 1) / _spec.Sharing);
        WaveViews wave = _buffers.Wave;
        wave.TargetChain = source.SubView(batch.Chain, batch.Count);
        views.Stream = source.SubView(0, _layout.StreamLength);
        views.Targets = source.SubView(batch.Targets, batch.Count);
        views.Buckets = source.SubView(batch.Buckets, batch.Count);
        views.Uses = source.SubView(batch.Uses, Math.Max(1, batch.Count * _spec.Shape.Places));
        views.SegmentStarts = source.SubView(batch.Starts, batch.Segments + 1);
        views.SegmentRows = source.SubView(batch.Rows, Math.Max(1, batch.Segments));
        views.Losses = _buffers.Losses.View.SubView(losses, _step.Losses(batch.Count));
        views.Segments = batch.Segments;
        return new LogBilinearArguments
        {
            Model = _model.Views,
            Batch = views,
            Work = _buffers.Work,
            Wave = wave,
            Draws = _spec.Draws,
            Sharing = _spec.Sharing,
            LearnsLogZ = _spec.LearnsLogZ ? 1 : 0,
            IsAdaptive = _spec.AdaGrad ? 1 : 0,
            Side = _shape.Side,
            Groups = _work.Groups,
            Pull = _shape.Pull,
            Weight = (float)_spec.K / _spec.Draws,
            Rate = rate,
            PositionRate = _spec.PositionRate,
            Decay = _spec.WeightDecay,
            Penalty = _spec.SelfNormalization,
        };
    }
}
