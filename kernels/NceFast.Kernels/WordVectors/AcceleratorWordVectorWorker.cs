using ILGPU;
using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Training;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// One stream of work on a device. A block goes up as token ids and sentence ends through pinned memory; draws, scores,
/// updates and the sum of the loss are made on the device, and three numbers come back.
/// </summary>
internal sealed class AcceleratorWordVectorWorker : StreamWorker
{
    private readonly WordVectorSpec _spec;
    private readonly WordVectorBuffers _model;
    private readonly WordVectorKernelSet _kernels;
    private readonly WordVectorLaunch _shape;
    private readonly BlockBuffers _block;

    public AcceleratorWordVectorWorker(Accelerator accelerator, WordVectorSpec spec, WordVectorBuffers model, WordVectorKernelSet kernels, WordVectorLaunch shape, Lock gate)
        : base(accelerator, 2 * TokenBlock.Capacity, gate)
    {
        (_spec, _model, _kernels, _shape) = (spec, model, kernels, shape);
        _block = new BlockBuffers(accelerator, spec, shape, model.Columns);
    }

    /// <summary>The plan of the last block, for comparison with the host's.</summary>
    internal BlockBuffers Block => _block;

    internal override BlockResult Run(TokenBlock block, in BlockStep step)
    {
        if (block.Count == 0)
            return default;
        QueueAndWait(block, step);
        return new BlockResult(Loss, Totals.Span[1]);
    }

    protected override void Queue(TokenBlock block, in BlockStep step)
    {
        Prepare(block, step.Epoch);
        _kernels.Train(Stream, new KernelConfig(_shape.TrainGroups, _shape.TrainThreads), Arguments(step.LearningRate));
        _kernels.Sum(Stream, new KernelConfig(1, _shape.PlanThreads), _block.Plan, _block.Losses.View);
        Totals.ArrayView.CopyFrom(Stream, _block.Totals.View);
    }

    protected override string NotFinite() => _model.NotFinite();

    protected override FormattableString Rates(in BlockStep step) => $"{Member.Of(nameof(TrainingOptions.LearningRate))} (here {step.LearningRate})";

    /// <summary>Sends a block up and queues the kernels that make its plan.</summary>
    internal void Prepare(TokenBlock block, int epoch)
    {
        int count = block.Count, sentences = block.SentenceCount;
        block.Ids.CopyTo(Staging.Span);
        block.SentenceEnds.CopyTo(Staging.Span[count..]);
        Accelerator.Bind();
        _block.Source.View.SubView(0, count + sentences).CopyFrom(Stream, Staging.ArrayView.SubView(0, count + sentences));
        PlanArguments plan = PlanOf(block, epoch);
        var grid = new KernelConfig((count + _shape.PlanThreads - 1) / _shape.PlanThreads, _shape.PlanThreads);
        _kernels.Keep(Stream, grid, plan);
        _kernels.Compact(Stream, grid, plan, _block.Plan);
        _kernels.Draw(Stream, grid, plan, _block.Plan);
    }

    public override void Dispose()
    {
        _block.Dispose();
        base.Dispose();
    }

    private PlanArguments PlanOf(TokenBlock block, int epoch) => new()
    {
        Ids = _block.Source.View.SubView(0, block.Count),
        Ends = _block.Source.View.SubView(block.Count, block.SentenceCount),
        KeepLimits = _model.KeepLimits,
        Cells = _model.Cells,
        Before = _block.Before.View,
        Prefix = _block.Prefix.View,
        TileSums = _block.TileSums.View,
        Sentence = _block.Sentence.View,
        KeepStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Subsample, epoch, block.Number),
        WindowStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Window, epoch, block.Number),
        NoiseStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Noise, epoch, block.Number),
        Tokens = block.Count,
        Sentences = block.SentenceCount,
        Window = _spec.Window,
        IsSkipGram = _spec.Model == ModelKind.SkipGram ? 1 : 0,
    };

    private TrainArguments Arguments(float rate) => new()
    {
        Plan = _block.Plan,
        Model = _model.Views,
        Work = _block.Work.View,
        WorkRows = _block.WorkRows.View,
        Losses = _block.Losses.View,
        WorkSize = _block.WorkSize,
        Window = _spec.Window,
        K = _spec.K,
        Normalizer = (int)_spec.Normalizer,
        DropTarget = _spec.DropTargetNoise ? 1 : 0,
        Rate = rate,
    };
}
