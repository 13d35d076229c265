using ILGPU;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.LanguageModels;

/// <summary>The parameters of a log-bilinear model on a device, in units of four floats per row's column.</summary>
internal struct LanguageModelViews
{
    /// <summary>r: <c>[words + 1, Columns]</c>, and q: <c>[words, Columns]</c>; the same memory when rows are shared.</summary>
    public ArrayView<Float4> Context, Target;

    /// <summary>C: <c>[position rows, Columns]</c>.</summary>
    public ArrayView<Float4> PlaceWeights;

    public ArrayView<float> Bias, LogZ;

    /// <summary>log(n p_n(w)), which objectives subtract from logits: <c>[words]</c>, nats.</summary>
    public ArrayView<float> LogNoise;

    /// <summary>AdaGrad's sums per row.</summary>
    public ArrayView<float> ContextSums, TargetSums, PlaceSums;

    /// <summary>Columns of the noise distribution's alias table: <c>[words]</c>.</summary>
    public ArrayView<AliasTable.Cell> Cells;

    public int Words, Dim, Columns, Before, Places;
}

/// <summary>
/// One batch of predictions: what the host sends of it, and the device's matrices. Gradients are minus the derivative of
/// the loss, without learning rate, as on the host.
/// </summary>
internal struct BatchViews
{
    /// <summary>Stream of context rows of the block, see NceFast.Models.LanguageModelPlan.</summary>
    public ArrayView<int> Stream;

    /// <summary>Places in the stream that are predicted, and the buckets of their contexts: <c>[Count]</c>.</summary>
    public ArrayView<int> Targets, Buckets;

    /// <summary>Uses (place * Count + prediction) of context rows, those of one row together and in order: <c>[Places * Count]</c>.</summary>
    public ArrayView<int> Uses;

    /// <summary>Where each row's uses begin in <see cref="Uses"/>, and the end of the last: <c>[Segments + 1]</c>; the rows: <c>[Segments]</c>.</summary>
    public ArrayView<int> SegmentStarts, SegmentRows;

    /// <summary>Noise words: <c>[sets, Draws]</c>.</summary>
    public ArrayView<int> Noise;

    /// <summary>Context rows as they were: <c>[Places, Capacity, Columns]</c>; not filled where no position matrix needs them.</summary>
    public ArrayView<Float4> Inputs;

    /// <summary>h and its gradient: <c>[Capacity, Columns]</c>.</summary>
    public ArrayView<Float4> Hidden, Gradient;

    /// <summary>The gradient carried back through each matrix: <c>[Places, Capacity, Columns]</c>; full matrices only.</summary>
    public ArrayView<Float4> Carried;

    /// <summary>Gradients of position matrices, one part per chunk of predictions: <c>[chunks, position rows, Columns]</c>.</summary>
    public ArrayView<Float4> Parts;

    /// <summary>log Z of each prediction: <c>[Capacity]</c>; maximum likelihood only.</summary>
    public ArrayView<float> LogZ;

    /// <summary>Loss of each set, or of each prediction with own noise words.</summary>
    public ArrayView<float> Losses;

    public int Count, Capacity, Segments, Chunk;
}

/// <summary>Working memory of the running groups; each group has a part of its own.</summary>
internal struct WorkViews
{
    public ArrayView<Float4> Rows;
    public ArrayView<float> Floats;
    public ArrayView<int> Ints;
    public long RowsSize, FloatsSize, IntsSize;
}

/// <summary>A wave: sets of shared noise words whose scores are taken before any of their steps. Its batch is a part of the batch.</summary>
internal struct WaveViews
{
    /// <summary>Logits, then gradients by logits, then with AdaGrad steps: <c>[Count, draws / 4 rounded up]</c> units.</summary>
    public ArrayView<Float4> Scores;

    /// <summary>Gradients of the noise words' rows: <c>[sets, Draws, Columns]</c>.</summary>
    public ArrayView<Float4> RowGradients;

    /// <summary>Offset of each noise word, and the gradient of its bias: <c>[sets, Draws]</c>.</summary>
    public ArrayView<float> Offsets, Biases;

    /// <summary>Of each prediction, its observed word's logit and then gradient, the mean square of h, and AdaGrad's learning rate: <c>[Count]</c>.</summary>
    public ArrayView<float> Observed, Squares, Rates;

    /// <summary>The places of equal words, see <see cref="NoiseMath.Link"/>: <c>[sets, Draws]</c> and <c>[Count]</c>.</summary>
    public ArrayView<int> NoiseChain, TargetChain;
}

/// <summary>What every kernel of a log-bilinear model gets.</summary>
internal struct LanguageModelArguments
{
    public LanguageModelViews Model;
    public BatchViews Batch;
    public WorkViews Work;
    public WaveViews Wave;

    /// <summary>Stream of the batch's noise.</summary>
    public PhiloxStream NoiseStream;

    public int Draws, Sharing;

    /// <summary>Most that the terms of one row, all taken from the same parameters, may pull: learning rate times weights.</summary>
    public float Pull;

    /// <summary>1 where log Z is learned; 1 where steps are AdaGrad's.</summary>
    public int LearnsLogZ, IsAdaptive;

    /// <summary>Threads along each side of a tile of a product.</summary>
    public int Side;

    /// <summary>Groups whose parts of a sum are added up.</summary>
    public int Groups;

    /// <summary>Weight of a noise word, k / draws.</summary>
    public float Weight;

    public float Rate, PlaceRate, Decay, Penalty;
}
