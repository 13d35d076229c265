using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Represents the shared memory of a running group of the register kernels. Its threads exchange data about sixteen inputs
/// ("slots") and a list of outputs. Rows are not here, because they pass through registers.
/// </summary>
internal struct GroupMemory
{
    /// <summary>The number of scores that are computed at once: sixteen slots by two outputs. A warp of a GPU has as many threads.</summary>
    public const int Scores = 2 * TileMath.Tile;

    // Lists with one number per word, in addition to the terms.
    private const int Lists = 5;

    /// <summary>The maximum number of threads in a group. Each owns a column of four floats.</summary>
    public const int MaxThreads = 256;

    /// <summary>The bytes that kernels allocate in addition to the memory of the class, rounded up.</summary>
    public const int StaticBytes = 1024;

    /// <summary>
    /// The number of quads per thread in <see cref="Parts"/>. The last one is the thread's sum over eight threads; it also makes the number
    /// odd, which avoids bank conflicts.
    /// </summary>
    public const int PartQuads = (Scores / 4) + 1;

    /// <summary>The number of threads whose parts of four scores one thread adds.</summary>
    public const int Summands = Scores / 4;

    /// <summary>The parts of the scores of each thread, and its sum: <c>[DimX, PartQuads]</c> quads.</summary>
    public ArrayView<Float4> Parts;

    /// <summary>The weight of each output for each slot, and after its pass the step of its logit: <c>[outputs, 4]</c> quads.</summary>
    public ArrayView<Float4> Terms;

    /// <summary>The distinct words of a list, and where they occur, as <see cref="GroupLists"/> codes it: <c>[outputs]</c>.</summary>
    public ArrayView<int> Words, Links;

    /// <summary>The offsets of the listed words before their pass: <c>[outputs]</c>.</summary>
    public ArrayView<float> Offsets;

    /// <summary>
    /// The weight with which the change of each listed row is added, and the weight of its bias (objectives with biases) or what the weight
    /// along the mean of the opposite rows exceeds it by (objectives without): <c>[outputs]</c>. See <see cref="FlightWeights"/>.
    /// </summary>
    public ArrayView<float> Weights, Extras;

    /// <summary>The words of the set's tokens: <c>[tokens / 4]</c>.</summary>
    public ArrayView<Int4> Tokens;

    /// <summary>For each token, the previous and next token of the same word, and the positions in whose windows it is (one bit each): <c>[tokens]</c>.</summary>
    public ArrayView<int> Previous, Next, Positions;

    /// <summary>For each position, its window and the number of its predictions; for each slot, its positions (one bit each): <c>[4]</c> quads.</summary>
    public ArrayView<Int4> Low, High, Counts, SlotPositions;

    /// <summary>The row of log Z of each slot (skip-gram: its word): <c>[16]</c>.</summary>
    public ArrayView<int> Slot;

    /// <summary>The noise weight of each slot, and the share of a word in its mean: <c>[4]</c> quads.</summary>
    public ArrayView<Float4> SlotWeight, SlotShare;

    /// <summary>The weights of each input of skip-gram, like <see cref="Weights"/> and <see cref="Extras"/>: <c>[16]</c>.</summary>
    public ArrayView<float> SlotWeights, SlotExtras;

    /// <summary>The dot product of each slot, or of its change, with the mean of the opposite rows: <c>[4]</c> quads.</summary>
    public ArrayView<Float4> SlotAlong;

    /// <summary>The log Z and summed gradient of each slot: <c>[16]</c>.</summary>
    public ArrayView<float> SlotLogZ, SlotSum;

    /// <summary>Memory for sums over the threads that compute steps, and for the sum of their losses: <c>[8]</c> quads.</summary>
    public ArrayView<Float4> Sums, Losses;

    /// <summary>Gets, with AdaGrad, the factor from a squared gradient of each slot's logits to the mean square of an output row's gradient: <c>[4]</c> quads.</summary>
    public readonly ArrayView<Float4> SlotSquares
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Losses.SubView(0, TileMath.Tile / 4); // losses follow when all passes of a set are over
    }

    /// <summary>Gets, with AdaGrad, the learning rate of each slot's row: <c>[4]</c> quads.</summary>
    public readonly ArrayView<Float4> SlotRates
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Losses.SubView(TileMath.Tile / 4, TileMath.Tile / 4);
    }

    /// <summary>Divides the memory of a group. <typeparamref name="TMemory"/> is at least as large as <see cref="Floats"/> requires.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GroupMemory Of<TMemory>(TrainArguments a)
        where TMemory : struct, IMemorySize
    {
        ArrayView<Float4> memory = SharedMemory.Allocate<Float4>(TMemory.Units);
        int list = List(a.Plan.NoiseSet, a.Window) / 4, tokens = Tokens4(a.Window) / 4, parts = PartQuads * Group.DimX;
        int lists = parts + (TileMath.Tile * list), set = lists + (Lists * list);
        return new GroupMemory
        {
            Parts = memory.SubView(0, parts),
            Terms = memory.SubView(parts, TileMath.Tile * list),
            Words = memory.SubView(lists, list).Cast<int>(),
            Links = memory.SubView(lists + list, list).Cast<int>(),
            Offsets = memory.SubView(lists + (2 * list), list).Cast<float>(),
            Weights = memory.SubView(lists + (3 * list), list).Cast<float>(),
            Extras = memory.SubView(lists + (4 * list), list).Cast<float>(),
            Tokens = memory.SubView(set, tokens).Cast<Int4>(),
            Previous = memory.SubView(set + tokens, tokens).Cast<int>(),
            Next = memory.SubView(set + (2 * tokens), tokens).Cast<int>(),
            Positions = memory.SubView(set + (3 * tokens), tokens).Cast<int>(),
            Low = SharedMemory.Allocate<Int4>(TileMath.Tile / 4),
            High = SharedMemory.Allocate<Int4>(TileMath.Tile / 4),
            Counts = SharedMemory.Allocate<Int4>(TileMath.Tile / 4),
            SlotPositions = SharedMemory.Allocate<Int4>(TileMath.Tile / 4),
            Slot = SharedMemory.Allocate<int>(TileMath.Tile),
            SlotWeight = SharedMemory.Allocate<Float4>(TileMath.Tile / 4),
            SlotShare = SharedMemory.Allocate<Float4>(TileMath.Tile / 4),
            SlotWeights = SharedMemory.Allocate<float>(TileMath.Tile),
            SlotExtras = SharedMemory.Allocate<float>(TileMath.Tile),
            SlotAlong = SharedMemory.Allocate<Float4>(TileMath.Tile / 4),
            SlotLogZ = SharedMemory.Allocate<float>(TileMath.Tile),
            SlotSum = SharedMemory.Allocate<float>(TileMath.Tile),
            Sums = SharedMemory.Allocate<Float4>(Scores / 4),
            Losses = SharedMemory.Allocate<Float4>(Scores / 4),
        };
    }

    /// <summary>Computes the floats that a group of <paramref name="threads"/> threads needs from the memory of its class.</summary>
    public static int Floats(WordVectorSpec spec, int threads) =>
        (4 * PartQuads * threads) + ((TileMath.Tile + Lists) * List(spec.NoiseSetSize, spec.Window)) + (4 * Tokens4(spec.Window));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int List(int noiseSet, int window)
    {
        // A pass lists all noise words, or half of them and the tokens of a batch; CBOW also lists the tokens of the set.
        int batch = TileMath.Batch + (2 * window), most = GroupLists.Most(noiseSet, (noiseSet / 2) + 1 + batch + 1);
        return (GroupLists.Most(most, Tokens4(window)) + 3) / 4 * 4;
    }

    // Number of words in the windows of sixteen positions, rounded up to a multiple of four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Tokens4(int window) => (TileMath.Tile + (2 * window) + 3) / 4 * 4;
}
