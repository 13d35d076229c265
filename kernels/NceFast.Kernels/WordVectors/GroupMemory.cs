using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Shared memory of a running group of the register kernels: what its threads exchange about sixteen inputs
/// ("slots") and a list of outputs. Rows are not here; they pass through registers.
/// </summary>
internal struct GroupMemory
{
    /// <summary>Scores made at once: sixteen slots by two outputs. A warp of a GPU has as many threads.</summary>
    public const int Scores = 2 * TileMath.Tile;

    /// <summary>The maximum number of threads of a group, each owning a column of four floats.</summary>
    public const int MaxThreads = 256;

    /// <summary>Bytes in addition to the memory of the class, rounded up.</summary>
    public const int StaticBytes = 2048;

    /// <summary>Quads of a thread's parts, one more than it has, so that no two threads meet in a bank.</summary>
    public const int PartQuads = (Scores / 4) + 1;

    /// <summary>Each thread's parts of the scores: <c>[DimX, PartQuads]</c> quads.</summary>
    public ArrayView<Float4> Parts;

    /// <summary>Sums of 32 parts: <c>[DimX / 32, Scores]</c>.</summary>
    public ArrayView<float> Slices;

    /// <summary>Gradients of two outputs by sixteen slots: <c>[2, 4]</c> quads.</summary>
    public ArrayView<Float4> Gradients;

    /// <summary>A weight for each output and slot: <c>[outputs, 4]</c> quads.</summary>
    public ArrayView<Float4> Terms;

    /// <summary>The distinct words of a list: <c>[outputs]</c>; how often each occurs in it; which quads of slots it meets, one bit each.</summary>
    public ArrayView<int> Words, Repeats, Quads;

    /// <summary>For each word of a list, the first place where it occurs, and its number among the distinct words.</summary>
    public ArrayView<int> Owner, Index;

    /// <summary>Row of log Z of each slot (skip-gram: its word), and the slot of each position: <c>[16]</c>.</summary>
    public ArrayView<int> Slot, SlotOf;

    /// <summary>Noise weight, log Z, and summed gradient of each slot: <c>[16]</c>.</summary>
    public ArrayView<float> SlotWeight, SlotLogZ, SlotSum;

    /// <summary>Room for sums over the threads: <c>[256]</c>.</summary>
    public ArrayView<float> Sums;

    /// <summary>Divides the memory; <typeparamref name="TMemory"/> holds as much as <see cref="Floats"/> says.</summary>
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

    /// <summary>Floats of dynamic shared memory a group of <paramref name="threads"/> needs.</summary>
    public static int Floats(WordVectorSpec spec, int threads) =>
        PartFloats(threads) + threads + ((TileMath.Tile + 5) * List(spec.NoiseSetSize, spec.Window));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PartFloats(int threads) => 4 * PartQuads * threads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int List(int noiseSet, int window) => ((noiseSet > Tokens(window) ? noiseSet : Tokens(window)) + 3) / 4 * 4;

    // Words of the windows of sixteen positions.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Tokens(int window) => TileMath.Tile + (2 * window);
}
