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

    /// <summary>The maximum number of threads in a group. Each owns a column of four floats.</summary>
    public const int MaxThreads = 256;

    /// <summary>The bytes that kernels allocate in addition to the memory of the class, rounded up.</summary>
    public const int StaticBytes = 2048;

    /// <summary>The number of quads per thread in <see cref="Parts"/>. It is one more than a thread uses, which avoids bank conflicts.</summary>
    public const int PartQuads = (Scores / 4) + 1;

    /// <summary>The parts of the scores of each thread: <c>[DimX, PartQuads]</c> quads.</summary>
    public ArrayView<Float4> Parts;

    /// <summary>The sums of 32 parts: <c>[DimX / 32, Scores]</c>.</summary>
    public ArrayView<float> Slices;

    /// <summary>The gradients of two outputs by sixteen slots: <c>[2, 4]</c> quads.</summary>
    public ArrayView<Float4> Gradients;

    /// <summary>The weight of each output for each slot: <c>[outputs, 4]</c> quads.</summary>
    public ArrayView<Float4> Terms;

    /// <summary>The distinct words of a list, the number of their occurrences, and the quads of slots that they meet (one bit each): <c>[outputs]</c>.</summary>
    public ArrayView<int> Words, Repeats, Quads;

    /// <summary>For each word of a list, the index of its first occurrence, and its number among the distinct words.</summary>
    public ArrayView<int> Owner, Index;

    /// <summary>The row of log Z of each slot (skip-gram: its word), and the slot of each position: <c>[16]</c>.</summary>
    public ArrayView<int> Slot, SlotOf;

    /// <summary>The noise weight, log Z and summed gradient of each slot: <c>[16]</c>.</summary>
    public ArrayView<float> SlotWeight, SlotLogZ, SlotSum;

    /// <summary>Memory for sums over the threads: <c>[256]</c>.</summary>
    public ArrayView<float> Sums;

    /// <summary>Divides the memory of a group. <typeparamref name="TMemory"/> is at least as large as <see cref="Floats"/> requires.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GroupMemory Of<TMemory>(TrainArguments a)
        where TMemory : struct, IMemorySize
    {
        ArrayView<Float4> memory = SharedMemory.Allocate<Float4>(TMemory.Units);
        int list = List(a.Plan.NoiseSet, a.Window), terms = TileMath.Tile * list, parts = PartFloats(Group.DimX);
        ArrayView<int> lists = memory.SubView((terms + parts + Group.DimX) / 4, 5 * list / 4).Cast<int>();
        return new GroupMemory
        {
            Terms = memory.SubView(0, terms / 4),
            Parts = memory.SubView(terms / 4, parts / 4),
            Slices = memory.SubView((terms + parts) / 4, Group.DimX / 4).Cast<float>(),
            Words = lists.SubView(0, list),
            Repeats = lists.SubView(list, list),
            Quads = lists.SubView(2 * list, list),
            Owner = lists.SubView(3 * list, list),
            Index = lists.SubView(4 * list, list),
            Gradients = SharedMemory.Allocate<Float4>(Scores / 4),
            Slot = SharedMemory.Allocate<int>(TileMath.Tile),
            SlotOf = SharedMemory.Allocate<int>(TileMath.Tile),
            SlotWeight = SharedMemory.Allocate<float>(TileMath.Tile),
            SlotLogZ = SharedMemory.Allocate<float>(TileMath.Tile),
            SlotSum = SharedMemory.Allocate<float>(TileMath.Tile),
            Sums = SharedMemory.Allocate<float>(MaxThreads),
        };
    }

    /// <summary>Computes the floats that a group of <paramref name="threads"/> threads needs from the memory of its class.</summary>
    public static int Floats(WordVectorSpec spec, int threads) =>
        PartFloats(threads) + threads + ((TileMath.Tile + 5) * List(spec.NoiseSetSize, spec.Window));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PartFloats(int threads) => 4 * PartQuads * threads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int List(int noiseSet, int window) => ((noiseSet > Tokens(window) ? noiseSet : Tokens(window)) + 3) / 4 * 4;

    // Number of words in the windows of sixteen positions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Tokens(int window) => TileMath.Tile + (2 * window);
}
