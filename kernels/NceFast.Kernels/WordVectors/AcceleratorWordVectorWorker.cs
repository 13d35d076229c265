using ILGPU;
using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Represents one stream of work on a device. A block is sent as token ids and sentence ends through pinned memory. The device draws the
/// random numbers and computes scores, updates and the sum of the loss. Three numbers come back.
/// </summary>
internal sealed class AcceleratorWordVectorWorker : StreamWorker
{
    private readonly WordVectorSpec _spec;
    private readonly WordVectorBuffers _model;
    private readonly WordVectorKernelSet _kernels;
    private readonly WordVectorLaunch _shape;
    private readonly BlockBuffers _block;
    private readonly FlightClock _clock;

    /// <param name="accelerator">The device.</param>
    /// <param name="spec">The model.</param>
    /// <param name="model">The parameters on the device.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="shape">Threads and groups.</param>
    /// <param name="train">
    /// The stream on which all workers of the device train: a block begins when the one before has ended. Blocks that overlap would
    /// train on rows that are out of date for longer, and their common direction would swing (DESIGN.md in this folder).
    /// </param>
    /// <param name="clock">Counts the sets that the device trained on.</param>
    /// <param name="gate">Held while launches are queued.</param>
    public AcceleratorWordVectorWorker(Accelerator accelerator, WordVectorSpec spec, WordVectorBuffers model, WordVectorKernelSet kernels, WordVectorLaunch shape, AcceleratorStream train, FlightClock clock, Lock gate)
        : base(accelerator, 2 * TokenBlock.Capacity, gate)
    {
        (_spec, _model, _kernels, _shape, _clock, TrainStream) = (spec, model, kernels, shape, clock, train);
        _block = new BlockBuffers(accelerator, spec, shape, model.Columns);
    }

    /// <summary>Gets the plan of the last block, for comparison with the host's.</summary>
    internal BlockBuffers Block => _block;

    internal override BlockResult Run(TokenBlock block, in BlockStep step)
    {
        if (block.Count == 0)
            return default;
        QueueAndWait(block, step);
        _clock.Advance((Totals.Span[0] + _spec.Sharing - 1) / _spec.Sharing);
        return new BlockResult(Loss, Totals.Span[1]);
    }

    protected override AcceleratorStream TrainStream { get; }

    protected override void Prepare(TokenBlock block, in BlockStep step) => Prepare(block, step.Epoch);

    protected override void Queue(TokenBlock block, in BlockStep step)
    {
        int groups = Math.Min(_shape.TrainGroups, _clock.InFlight);
        TrainArguments arguments = Arguments(step.LearningRate, groups);
        if (_kernels.MeanSum is not null && groups > 1)
            Average(arguments);
        _kernels.Train(TrainStream, new KernelConfig(groups, _shape.TrainThreads), arguments);
        _kernels.Sum(TrainStream, new KernelConfig(1, _shape.PlanThreads), _block.Plan, _block.Losses.View);
        Totals.ArrayView.CopyFrom(TrainStream, _block.Totals.View);
    }

    private void Average(TrainArguments arguments)
    {
        int rows = Math.Min(MeanKernels.Rows, _spec.Words), threads = Math.Min(_shape.PlanThreads, 64);
        _model.ClearMeans(TrainStream);
        _kernels.MeanSum!(TrainStream, new KernelConfig(2 * ((rows + MeanKernels.Chunk - 1) / MeanKernels.Chunk), threads), arguments, rows);
        _kernels.MeanNormalize!(TrainStream, new KernelConfig(2, threads), arguments);
    }

    protected override string NotFinite() => _model.NotFinite();

    protected override FormattableString Rates(in BlockStep step) => $"{Member.Of(nameof(TrainingOptions.LearningRate))} (here {step.LearningRate})";

    /// <summary>Sends a block to the device, and queues the kernels that compute its plan.</summary>
    internal void Prepare(TokenBlock block, int epoch)
    {
        int count = block.Count, sentences = block.SentenceCount;
        block.Ids.CopyTo(Staging.Span);
        block.SentenceEnds.CopyTo(Staging.Span[count..]);
        Accelerator.Bind();
        _block.Source.View.SubView(0, count + sentences).CopyFrom(Stream, Staging.ArrayView.SubView(0, count + sentences));
        PlanArguments plan = PlanOf(block, epoch);
        var grid = new KernelConfig((count + _shape.PlanThreads - 1) / _shape.PlanThreads, _shape.PlanThreads);
        _block.Counts.View.MemSetToZero(Stream);
        _kernels.Keep(Stream, grid, plan);
        _kernels.Compact(Stream, grid, plan, _block.Plan);
        _kernels.Draw(Stream, grid, plan, _block.Plan);
    }

    public override void Dispose()
    {
        _block.Dispose();
        base.Dispose();
    }

    // Noise words that are summed wait for the observed words of their set from their scores to their steps, as long as the set takes.
    private static int HeldOutputs(WordVectorSpec spec) => spec.Objective.Traits().CancelsNormalizer ? 2
        : spec.NoiseSetSize + (spec.Model == ModelKind.SkipGram ? 2 * (TileMath.Batch + (2 * spec.Window)) : TileMath.Tile);

    private PlanArguments PlanOf(TokenBlock block, int epoch) => new()
    {
        Ids = _block.Source.View.SubView(0, block.Count),
        Ends = _block.Source.View.SubView(block.Count, block.SentenceCount),
        KeepLimits = _model.KeepLimits,
        Cells = _model.Cells,
        Before = _block.Before.View,
        Prefix = _block.Prefix.View,
        ChunkSums = _block.ChunkSums.View,
        Sentence = _block.Sentence.View,
        KeepStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Subsample, epoch, block.Number),
        WindowStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Window, epoch, block.Number),
        NoiseStream = PhiloxStream.For(_spec.Seed, DrawPurpose.Noise, epoch, block.Number),
        Tokens = block.Count,
        Sentences = block.SentenceCount,
        LeastReach = _spec.LeastReach,
        Reaches = _spec.Reaches,
        IsSkipGram = _spec.Model == ModelKind.SkipGram ? 1 : 0,
    };

    private TrainArguments Arguments(float rate, int groups) => new()
    {
        Plan = _block.Plan,
        Model = _model.Views,
        Work = _block.Work.View,
        WorkRows = _block.WorkRows.View,
        Losses = _block.Losses.View,
        WorkSize = _block.WorkSize,
        Window = _spec.Window,
        WindowWords = _spec.WindowWords,
        K = _spec.K,
        Normalizer = (int)_spec.Normalizer,
        DropTarget = _spec.DropTargetNoise ? 1 : 0,
        NoiseFirst = _shape.InOrder ? 1 : 0,
        SetOutputs = HeldOutputs(_spec),
        OtherGroups = groups - 1,
        Rate = rate,
        FlightRate = _spec.RateOfFrequentRows(rate),
    };
}
