using ILGPU;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the arguments of the kernels that compute the plan of a block: the host's data, and the tables of random decisions.</summary>
internal struct PlanArguments
{
    /// <summary>The token ids: <c>[Tokens]</c>.</summary>
    public ArrayView<int> Ids;

    /// <summary>The index after the last token of each sentence: <c>[Sentences]</c>.</summary>
    public ArrayView<int> Ends;

    /// <summary>The largest random number that keeps each word: <c>[words]</c>.</summary>
    public ArrayView<uint> KeepLimits;

    /// <summary>The columns of the noise distribution's alias table: <c>[words]</c>.</summary>
    public ArrayView<AliasTable.Cell> Cells;

    /// <summary>The number of kept tokens before each token within its chunk: <c>[Tokens]</c>.</summary>
    public ArrayView<int> Before;

    /// <summary>The number of kept tokens before each token of the block: <c>[Tokens + 1]</c>.</summary>
    public ArrayView<int> Prefix;

    /// <summary>The number of kept tokens of each chunk: <c>[chunks]</c>.</summary>
    public ArrayView<int> ChunkSums;

    /// <summary>The sentence of each kept token: <c>[kept]</c>.</summary>
    public ArrayView<int> Sentence;

    public PhiloxStream KeepStream, WindowStream, NoiseStream;
    public int Tokens, Sentences, LeastReach, Reaches, IsSkipGram;
}

/// <summary>Represents the plan of a block that <see cref="PlanKernels"/> computes. NceFast.Models.WordVectorPlan explains its meaning.</summary>
internal struct PlanViews
{
    public ArrayView<int> Kept, Low, High, Noise;

    /// <summary>The number of kept tokens, the number of predictions, and the bits of the loss: <c>[3]</c>.</summary>
    public ArrayView<int> Totals;

    /// <summary>The number of kept tokens of each word: <c>[words]</c>.</summary>
    public ArrayView<int> Counts;

    public int Sharing, NoiseSet;
}

/// <summary>Represents the parameters of a model on a device.</summary>
internal struct ModelViews
{
    /// <summary>The rows: <c>[words, Columns]</c>.</summary>
    public ArrayView<Float4> Input, Output;

    /// <summary>The values b_w - log(k p_n(w)), the form in which biases are learned: <c>[words]</c>.</summary>
    public ArrayView<float> Offsets;

    public ArrayView<float> LogZ;

    /// <summary>The probability of each word as noise: <c>[words]</c>.</summary>
    public ArrayView<float> Noise;

    /// <summary>The means of frequent input rows and output rows, divided by their lengths; for objectives without biases: <c>[2, Columns]</c>.</summary>
    public ArrayView<Float4> Means;

    /// <summary>The squares of the lengths of both means, and the weights of the rows in them: <c>[2, 2]</c>.</summary>
    public ArrayView<float> MeanSquares;

    /// <summary>AdaGrad's sums of mean squared gradients of the rows: <c>[words]</c>; with AdaGrad only.</summary>
    public ArrayView<float> InputSums, OutputSums;

    /// <summary>The number of units of four floats per row.</summary>
    public int Columns;

    /// <summary>The number of floats per row without padding.</summary>
    public float Dim;
}

/// <summary>Represents the arguments of a training kernel.</summary>
internal struct TrainArguments
{
    public PlanViews Plan;
    public ModelViews Model;

    /// <summary>The steps of the logits of a tile for each running group: <c>[groups, WorkSize]</c>.</summary>
    public ArrayView<float> Work;

    /// <summary>The rows of each running group: <c>[groups, 32, Columns]</c>; for CBOW only.</summary>
    public ArrayView<Float4> WorkRows;

    /// <summary>The loss of each set of positions: <c>[sets]</c>.</summary>
    public ArrayView<float> Losses;

    public int WorkSize, Window, WindowWords, K, Normalizer, DropTarget;

    /// <summary>Whether the noise words of a set come before its observed words, as on the host; otherwise they alternate.</summary>
    public int NoiseFirst;

    /// <summary>The number of output rows that a set of positions meets, about.</summary>
    public int SetOutputs;

    /// <summary>The number of groups that run at once, less one.</summary>
    public float OtherGroups;

    public float Rate;

    /// <summary>The learning rate of a frequent row, by which the weights of its changes are computed.</summary>
    public float FlightRate;
}
