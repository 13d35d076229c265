using ILGPU;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents the parameters of a log-bilinear model on a device. Rows consist of units of four floats.</summary>
internal struct LanguageModelViews
{
    /// <summary>The context rows r: <c>[words + 1, Columns]</c>, and the target rows q: <c>[words, Columns]</c>; the same memory when rows are shared.</summary>
    public ArrayView<Float4> Context, Target;

    /// <summary>The place weights C: <c>[place rows, Columns]</c>.</summary>
    public ArrayView<Float4> PlaceWeights;

    public ArrayView<float> Bias, LogZ;

    /// <summary>The values of log(n p_n(w)), which objectives subtract from logits: <c>[words]</c>, nats.</summary>
    public ArrayView<float> LogNoise;

    /// <summary>The expected terms of each word per prediction, observed and noise: <c>[words]</c>.</summary>
    public ArrayView<float> Terms;

    /// <summary>The sums of AdaGrad per row.</summary>
    public ArrayView<float> ContextSums, TargetSums, PlaceSums;

    /// <summary>The columns of the noise distribution's alias table: <c>[words]</c>.</summary>
    public ArrayView<AliasTable.Cell> Cells;

    /// <summary>The successors of previous words, see <see cref="BigramNoise"/>; not filled where the noise does not depend on the previous word.</summary>
    public ArrayView<BigramNoise.Slot> BigramSlots;

    /// <summary>The first slot of each previous word and its lambda: <c>[words + 2]</c> and <c>[words + 1]</c>.</summary>
    public ArrayView<int> BigramStarts, BigramWeights;

    /// <summary>The probabilities of the noise without a context, for bigram noise only: <c>[words]</c>.</summary>
    public ArrayView<float> Unigram;

    /// <summary>The n in log(n p_n(w)), for bigram noise only.</summary>
    public float NoiseFactor;

    public int Words, Dim, Columns, Before, Places;
}

/// <summary>
/// Represents one batch of predictions: the data that the host sends, and the matrices of the device. A gradient is minus the
/// derivative of the loss, without the learning rate, as on the host.
/// </summary>
internal struct BatchViews
{
    /// <summary>The stream of context rows of the block, see NceFast.Models.LanguageModelPlan.</summary>
    public ArrayView<int> Stream;

    /// <summary>The positions of the predicted words in the stream, and the buckets of their contexts: <c>[Count]</c>.</summary>
    public ArrayView<int> Targets, Buckets;

    /// <summary>The number of predictions of a full batch whose contexts are in the same bucket: <c>[Count]</c>.</summary>
    public ArrayView<int> BucketUses;

    /// <summary>The uses (place * Count + prediction) of context rows. Those of one row are consecutive and in order: <c>[Places * Count]</c>.</summary>
    public ArrayView<int> Uses;

    /// <summary>The index in <see cref="Uses"/> at which each row's uses begin, and the end of the last: <c>[Segments + 1]</c>; the rows: <c>[Segments]</c>.</summary>
    public ArrayView<int> SegmentStarts, SegmentRows;

    /// <summary>The noise words: <c>[sets, SetSize]</c>.</summary>
    public ArrayView<int> Noise;

    /// <summary>The first prediction of each noise set, and the end, for bigram noise only: <c>[sets + 1]</c>. A wave has a part of those of its batch.</summary>
    public ArrayView<int> SetStarts;

    /// <summary>The values of log(n p_n(w | u)), for bigram noise only: of noise words <c>[sets, SetSize]</c>, and of observed words <c>[Count]</c>.</summary>
    public ArrayView<float> LogNoise, LogNoiseOfObserved;

    /// <summary>The context rows before the steps: <c>[Places, Capacity, Columns]</c>; not filled when no place weights need them.</summary>
    public ArrayView<Float4> Inputs;

    /// <summary>The context vectors h and their gradients: <c>[Capacity, Columns]</c>.</summary>
    public ArrayView<Float4> Hidden, Gradient;

    /// <summary>The gradient carried back through each matrix: <c>[Places, Capacity, Columns]</c>; for full matrices only.</summary>
    public ArrayView<Float4> Carried;

    /// <summary>The gradients of place weights, one part per chunk of predictions: <c>[chunks, place rows, Columns]</c>.</summary>
    public ArrayView<Float4> Parts;

    /// <summary>The log Z of each prediction: <c>[Capacity]</c>; for maximum likelihood only.</summary>
    public ArrayView<float> LogZ;

    /// <summary>The loss of each set, or of each prediction if predictions have separate noise words.</summary>
    public ArrayView<float> Losses;

    public int Count, Capacity, Segments, Chunk;
}

/// <summary>Represents the working memory of the running groups. Each group has its own part.</summary>
internal struct WorkViews
{
    public ArrayView<Float4> Rows;
    public ArrayView<float> Floats;
    public ArrayView<int> Ints;
    public long RowsSize, FloatsSize, IntsSize;
}

/// <summary>Represents a wave: sets of shared noise words whose scores are computed before any of their steps. The batch of a wave is a part of the batch.</summary>
internal struct WaveViews
{
    /// <summary>The logits, then the gradients of the logits, then with AdaGrad the steps: <c>[Count, set size / 4 rounded up]</c> units.</summary>
    public ArrayView<Float4> Scores;

    /// <summary>The gradients of the noise words' rows: <c>[sets, SetSize, Columns]</c>.</summary>
    public ArrayView<Float4> RowGradients;

    /// <summary>The offset of each noise word, and the gradient of its bias: <c>[sets, SetSize]</c>.</summary>
    public ArrayView<float> Offsets, Biases;

    /// <summary>For each prediction, the logit and later the gradient of its observed word, the mean square of h, and AdaGrad's learning rate: <c>[Count]</c>.</summary>
    public ArrayView<float> Observed, Squares, Rates;

    /// <summary>The links between equal words, see <see cref="NoiseMath.Link"/>: <c>[sets, SetSize]</c> and <c>[Count]</c>.</summary>
    public ArrayView<int> NoiseChain, TargetChain;
}

/// <summary>Represents the arguments of every kernel of a log-bilinear model.</summary>
internal struct LanguageModelArguments
{
    public LanguageModelViews Model;
    public BatchViews Batch;
    public WorkViews Work;
    public WaveViews Wave;

    /// <summary>The random stream of the batch's noise words.</summary>
    public PhiloxStream NoiseStream;

    public int SetSize, Sharing;

    /// <summary>The number of predictions that may be in flight on one stream; with shared noise, those of a full wave.</summary>
    public int InFlight;

    /// <summary>The number of other predictions in flight on all streams, whose steps are not seen by a prediction or a set.</summary>
    public float Flight;

    /// <summary>The pull of one term on its target row: curvature times learning rate.</summary>
    public float Pull;

    /// <summary>The flags for a learned log Z and for adaptive steps, 1 if set.</summary>
    public int LearnsLogZ, IsAdaptive;

    /// <summary>The number of threads along each side of a tile of a product.</summary>
    public int Side;

    /// <summary>The number of groups whose parts of a sum are added.</summary>
    public int Groups;

    /// <summary>The weight of a noise word, k / SetSize.</summary>
    public float Weight;

    public float Rate, PlaceRate, Decay, Penalty;
}
