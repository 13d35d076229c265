using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;

namespace NceFast.Kernels;

/// <summary>How a running group's shared memory is divided, in units of 16 bytes; the host asks for as much.</summary>
internal struct Stage
{
    /// <summary>Rows that lie a multiple of 32 banks apart would meet in one bank: each gets one unit more.</summary>
    private const int Gap = 1;

    public Rows Inputs, Outputs, Context;
    public ArrayView<float> Gradients;
    public ArrayView<int> Index, ContextIndex;

    /// <summary>Divides the memory.</summary>
    /// <param name="a">Sizes.</param>
    /// <param name="memory">The shared memory.</param>
    /// <param name="contextRows">Rows beside inputs and outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Stage(TrainArguments a, ArrayView<Float4> memory, int contextRows)
    {
        int columns = a.Model.Columns, pitch = columns + Gap;
        int outputs = OutputRows(a.Plan.NoiseSet, a.Plan.Sharing, a.Window), tokens = a.Plan.Sharing + (2 * a.Window);
        int at = TileMath.Tile * pitch;
        Inputs = new Rows(memory.SubView(0, at), pitch, columns);
        Outputs = new Rows(memory.SubView(at, outputs * pitch), pitch, columns);
        at += outputs * pitch;
        Context = new Rows(memory.SubView(at, contextRows * pitch), pitch, columns);
        at += contextRows * pitch;
        Gradients = memory.SubView(at, (a.WorkSize + 3) / 4).Cast<float>();
        at += (a.WorkSize + 3) / 4;
        Index = memory.SubView(at, (outputs + 3) / 4).Cast<int>();
        at += (outputs + 3) / 4;
        ContextIndex = memory.SubView(at, (tokens + 3) / 4).Cast<int>();
    }

    /// <summary>Units the memory must have; 0 where the staged kernels do not serve the model.</summary>
    public static long Units(EmbeddingSpec spec, int columns)
    {
        if (spec.Sharing is 1 or > TileMath.Tile)
            return 0;
        int tokens = spec.Sharing + (2 * spec.Window), outputs = OutputRows(spec.NoiseSetSize, spec.Sharing, spec.Window);
        long rows = TileMath.Tile + outputs + (spec.Model == ModelKind.Cbow ? tokens : 0);
        return (rows * (columns + Gap)) + ((SkipGramKernels.WorkSize(spec.NoiseSetSize, spec.Window) + 3) / 4) + ((outputs + 3) / 4) + ((tokens + 3) / 4);
    }

    private static int OutputRows(int noiseSet, int sharing, int window)
    {
        int tokens = sharing + (2 * window);
        return noiseSet > tokens ? noiseSet : tokens;
    }
}
