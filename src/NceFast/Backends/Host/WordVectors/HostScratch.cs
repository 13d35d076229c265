using System.Runtime.InteropServices;
using NceFast.Numerics;

namespace NceFast.Backends.Host.WordVectors;

/// <summary>Represents the working memory of one worker: pointers, scores, shifts and weights in one aligned allocation.</summary>
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

    /// <summary>Gets the input rows of a tile: <c>[16]</c>.</summary>
    public float** Inputs { get; }

    /// <summary>Gets the output rows of a tile or of a batch of rows. All entries, including unused ones, point to rows that can be read.</summary>
    public float** Outputs { get; }

    /// <summary>Gets the output rows of the words around a batch of positions, readable like <see cref="Outputs"/>.</summary>
    public float** Around { get; }

    /// <summary>Gets the rows of a later tile to prefetch: <c>[2 * outputs]</c>, readable like <see cref="Outputs"/>.</summary>
    public float** Ahead { get; }

    /// <summary>Gets the offset of each word of <see cref="Around"/>.</summary>
    public float* AroundOffsets { get; }

    /// <summary>Gets the sum of the steps of each word of <see cref="Around"/>.</summary>
    public float* AroundSums { get; }

    /// <summary>Gets the scores, then steps: <c>[Capacity]</c>.</summary>
    public float* Scores { get; }

    /// <summary>Gets offset(w) - log Z(c): <c>[Capacity]</c>.</summary>
    public float* Shifts { get; }

    /// <summary>Gets the weights: <c>[Capacity]</c>.</summary>
    public float* Weights { get; }

    /// <summary>Gets weights that are 1 for the terms of a batch and 0 after them: <c>[Capacity]</c>.</summary>
    public float* Ones { get; }

    /// <summary>Gets the context rows of CBOW: <c>[16, stride]</c>.</summary>
    public float* Rows { get; }

    /// <summary>Gets a copy of <see cref="Rows"/> from before the updates.</summary>
    public float* OldRows { get; }

    /// <summary>Gets a row of zeros that pads tiles. Its weights are 0, so that it stays 0.</summary>
    public float* Padding { get; }

    /// <summary>Gets the weight of each tile input: <c>[16]</c>.</summary>
    public float* InputWeights { get; }

    /// <summary>Gets log Z of each tile input: <c>[16]</c>.</summary>
    public float* InputLogZ { get; }

    /// <summary>Gets the sum of the steps of each tile input: <c>[16]</c>.</summary>
    public float* InputSums { get; }

    /// <summary>Gets the number of terms that each array holds.</summary>
    public int Capacity { get; }

    public void Dispose()
    {
        AlignedMemory.Free(_memory, _bytes);
        _memory = null;
    }
}
