using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>Represents the working memory of one worker, in one aligned allocation that is touched once: pointers, scores, shifts, weights.</summary>
internal sealed unsafe class HostScratch : IDisposable
{
    private readonly nuint _bytes;
    private byte* _memory;

    /// <param name="outputs">The maximum number of outputs of a tile or a batch of rows.</param>
    /// <param name="stride">Floats per row.</param>
    public HostScratch(int outputs, int stride)
    {
        int padded = (outputs + 63) & ~31, terms = 16 * padded;
        nuint pointers = (nuint)(16 + (4 * padded)) * (nuint)sizeof(float*);
        nuint floats = (nuint)((4 * terms) + (2 * padded) + (33 * stride) + 64) * sizeof(float);
        _bytes = ((pointers + 63) & ~(nuint)63) + floats;
        _memory = (byte*)AlignedMemory.Allocate(_bytes);
        NativeMemory.Clear(_memory, _bytes);
        Inputs = (float**)_memory;
        Outputs = Inputs + 16;
        Around = Outputs + padded;
        Ahead = Around + padded;
        float* data = (float*)(_memory + ((pointers + 63) & ~(nuint)63));
        Scores = data;
        Shifts = Scores + terms;
        Weights = Shifts + terms;
        Ones = Weights + terms;
        Rows = Ones + terms;
        OldRows = Rows + (16 * stride);
        Padding = OldRows + (16 * stride);
        AroundOffsets = Padding + stride;
        AroundSums = AroundOffsets + padded;
        InputWeights = AroundSums + padded;
        InputLogZ = InputWeights + 16;
        InputSums = InputLogZ + 16;
        Capacity = terms;
        for (int i = 0; i < 4 * padded; i++)
            Outputs[i] = Padding;
    }

    /// <summary>Input rows of a tile: <c>[16]</c>.</summary>
    public float** Inputs { get; }

    /// <summary>Output rows of a tile or row batch. All entries, also those not in use, point to rows that can be read.</summary>
    public float** Outputs { get; }

    /// <summary>Output rows of the words around a batch of positions, readable like <see cref="Outputs"/>.</summary>
    public float** Around { get; }

    /// <summary>Rows of a later tile to prefetch: <c>[2 * outputs]</c>, readable like <see cref="Outputs"/>.</summary>
    public float** Ahead { get; }

    /// <summary>Offset of each word of <see cref="Around"/>.</summary>
    public float* AroundOffsets { get; }

    /// <summary>Sum of the steps of each word of <see cref="Around"/>.</summary>
    public float* AroundSums { get; }

    /// <summary>Scores, then steps: <c>[Capacity]</c>.</summary>
    public float* Scores { get; }

    /// <summary>offset(w) - log Z(c): <c>[Capacity]</c>.</summary>
    public float* Shifts { get; }

    /// <summary>Weights: <c>[Capacity]</c>.</summary>
    public float* Weights { get; }

    /// <summary>Weights of 1 up to a batch's terms, 0 after: <c>[Capacity]</c>.</summary>
    public float* Ones { get; }

    /// <summary>Context rows of CBOW: <c>[16, stride]</c>.</summary>
    public float* Rows { get; }

    /// <summary><see cref="Rows"/> before the updates.</summary>
    public float* OldRows { get; }

    /// <summary>A row of zeros that pads tiles; its weights are 0, so it stays 0.</summary>
    public float* Padding { get; }

    /// <summary>Weight of each tile input: <c>[16]</c>.</summary>
    public float* InputWeights { get; }

    /// <summary>log Z of each tile input: <c>[16]</c>.</summary>
    public float* InputLogZ { get; }

    /// <summary>Sum of the steps of each tile input: <c>[16]</c>.</summary>
    public float* InputSums { get; }

    /// <summary>Terms each array holds.</summary>
    public int Capacity { get; }

    public void Dispose()
    {
        AlignedMemory.Free(_memory, _bytes);
        _memory = null;
    }
}
