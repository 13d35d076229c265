using ILGPU;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.WordVectors;

/// <summary>A block on its way to a plan: what the host sends, and the tables of its draws.</summary>
internal struct PlanArguments
{
    /// <summary>Token ids: <c>[Tokens]</c>.</summary>
    public ArrayView<int> Ids;

    /// <summary>Index after each sentence's last token: <c>[Sentences]</c>.</summary>
    public ArrayView<int> Ends;

    /// <summary>Largest draw that keeps each word: <c>[words]</c>.</summary>
    public ArrayView<uint> KeepLimits;

    /// <summary>Columns of the noise distribution's alias table: <c>[words]</c>.</summary>
    public ArrayView<AliasTable.Cell> Cells;

    /// <summary>Kept tokens before each token within its tile: <c>[Tokens]</c>.</summary>
    public ArrayView<int> Before;

    /// <summary>Kept tokens before each token of the block: <c>[Tokens + 1]</c>.</summary>
    public ArrayView<int> Prefix;

    /// <summary>Kept tokens of each tile: <c>[tiles]</c>.</summary>
    public ArrayView<int> TileSums;

    /// <summary>Sentence of each kept token: <c>[kept]</c>.</summary>
    public ArrayView<int> Sentence;

    public PhiloxStream KeepStream, WindowStream, NoiseStream;
    public int Tokens, Sentences, Window, IsSkipGram;
}

/// <summary>The plan of a block, as made by <see cref="PlanKernels"/>; see NceFast.Models.WordVectorPlan for its meaning.</summary>
internal struct PlanViews
{
    public ArrayView<int> Kept, Low, High, Noise;

    /// <summary>Kept tokens, predictions, bits of the loss: <c>[3]</c>.</summary>
    public ArrayView<int> Totals;

    public int Sharing, NoiseSet;
}

/// <summary>The parameters of a model on a device.</summary>
internal struct ModelViews
{
    /// <summary>Rows: <c>[words, Columns]</c>.</summary>
    public ArrayView<Float4> Input, Output;

    /// <summary>b_w - log(k p_n(w)), the form in which biases are learned: <c>[words]</c>.</summary>
    public ArrayView<float> Offsets;

    public ArrayView<float> LogZ;

    /// <summary>Units of four floats per row.</summary>
    public int Columns;
}

/// <summary>The arguments of a training kernel.</summary>
internal struct TrainArguments
{
    public PlanViews Plan;
    public ModelViews Model;

    /// <summary>Steps of the logits of a tile for each running group: <c>[groups, WorkSize]</c>.</summary>
    public ArrayView<float> Work;

    /// <summary>Rows of each running group: <c>[groups, 32, Columns]</c>; CBOW only.</summary>
    public ArrayView<Float4> WorkRows;

    /// <summary>Loss of each group of positions: <c>[groups]</c>.</summary>
    public ArrayView<float> Losses;

    public int WorkSize, Window, K, Normalizer, DropTarget;
    public float Rate;
}
