using ILGPU.Runtime;
using NceFast.Corpus;
using NceFast.Models;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the device memory of one worker: a block, its plan, and the working memory of the running groups.</summary>
internal sealed class BlockBuffers : IDisposable
{
    private readonly WordVectorSpec _spec;
    private readonly List<IGuardedBuffer> _all = [];

    public BlockBuffers(Accelerator accelerator, WordVectorSpec spec, WordVectorLaunch shape, int columns)
    {
        _spec = spec;
        Source = Allocate<int>(2 * TokenBlock.Capacity);
        Before = Allocate<int>(TokenBlock.Capacity);
        Prefix = Allocate<int>(TokenBlock.Capacity + 1);
        Sentence = Allocate<int>(TokenBlock.Capacity);
        ChunkSums = Allocate<int>((TokenBlock.Capacity / shape.PlanThreads) + 1);
        Kept = Allocate<int>(TokenBlock.Capacity);
        Low = Allocate<int>(TokenBlock.Capacity);
        High = Allocate<int>(TokenBlock.Capacity);
        Noise = Allocate<int>(Sets(spec) * spec.NoiseSetSize);
        Totals = Allocate<int>(4);
        Counts = Allocate<int>(spec.Words);
        Losses = Allocate<float>(Sets(spec));
        WorkSize = SkipGramKernels.WorkSize(spec);
        Work = Allocate<float>((long)WorkSize * shape.TrainGroups);
        WorkRows = Allocate<Float4>(RowUnits(spec, shape, columns));

        GuardedBuffer<T> Allocate<T>(long length)
            where T : unmanaged
        {
            var buffer = new GuardedBuffer<T>(accelerator, length);
            _all.Add(buffer);
            return buffer;
        }
    }

    /// <summary>Gets the token ids, followed by the sentence ends.</summary>
    public GuardedBuffer<int> Source { get; }

    public GuardedBuffer<int> Before { get; }

    public GuardedBuffer<int> Prefix { get; }

    public GuardedBuffer<int> Sentence { get; }

    public GuardedBuffer<int> ChunkSums { get; }

    public GuardedBuffer<int> Kept { get; }

    public GuardedBuffer<int> Low { get; }

    public GuardedBuffer<int> High { get; }

    public GuardedBuffer<int> Noise { get; }

    /// <summary>Gets the number of kept tokens, the number of predictions, the bits of the loss and an unused element.</summary>
    public GuardedBuffer<int> Totals { get; }

    /// <summary>Gets the number of kept tokens of each word.</summary>
    public GuardedBuffer<int> Counts { get; }

    public GuardedBuffer<float> Losses { get; }

    public GuardedBuffer<float> Work { get; }

    public GuardedBuffer<Float4> WorkRows { get; }

    public int WorkSize { get; }

    public PlanViews Plan => new()
    {
        Kept = Kept.View,
        Low = Low.View,
        High = High.View,
        Noise = Noise.View,
        Totals = Totals.View,
        Counts = Counts.View,
        Sharing = _spec.Sharing,
        NoiseSet = _spec.NoiseSetSize,
    };

    /// <summary>Computes the bytes that one worker takes.</summary>
    public static long Bytes(WordVectorSpec spec, WordVectorLaunch shape, int columns) =>
        (8L * 4 * TokenBlock.Capacity) + (4L * spec.Words) + (4 * Sets(spec) * (spec.NoiseSetSize + 1L))
        + (4L * shape.TrainGroups * SkipGramKernels.WorkSize(spec))
        + (16 * RowUnits(spec, shape, columns));

    /// <summary>Determines whether nothing was written around the buffers.</summary>
    public bool AreIntact() => _all.TrueForAll(b => b.IsIntact());

    public void Dispose()
    {
        foreach (IGuardedBuffer buffer in _all)
            buffer.Dispose();
    }

    // Plain kernels keep each mean twice. Register kernels keep a column per thread.
    private static long RowUnits(WordVectorSpec spec, WordVectorLaunch shape, int columns) =>
        spec.Model == ModelKind.Cbow ? (long)TileMath.Tile * Math.Max(2 * columns, shape.TrainThreads) * shape.TrainGroups : 1;

    private static long Sets(WordVectorSpec spec) => (TokenBlock.Capacity + spec.Sharing - 1) / spec.Sharing;
}
