using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.WordVectors;

/// <summary>Represents the parameters and tables of word vectors in the memory of a device, with 64-bit addresses.</summary>
internal sealed class WordVectorBuffers : IDisposable
{
    // Copies are made in pieces, because a span holds at most 2^31 elements.
    private const long CopyUnits = 16 << 20;

    private readonly WordVectorParameters _parameters;
    private readonly GuardedBuffer<Float4> _input, _output;
    private readonly LockedTables _locked;
    private readonly GuardedBuffer<Float4> _means;
    private readonly GuardedBuffer<float> _offsets, _logZ, _noise, _squares, _inputSums, _outputSums;
    private readonly int _dim;
    private readonly GuardedBuffer<uint> _keepLimits;
    private readonly GuardedBuffer<AliasTable.Cell> _cells;

    public WordVectorBuffers(Accelerator accelerator, WordVectorSpec spec, WordVectorParameters parameters)
    {
        _parameters = parameters;
        _locked = new LockedTables(accelerator, parameters);
        Columns = parameters.Input.Stride / 4;
        _input = new(accelerator, spec.Words * (long)Columns);
        _output = new(accelerator, spec.Words * (long)Columns);
        _offsets = new(accelerator, Math.Max(1, parameters.Offset.Length));
        _logZ = new(accelerator, Math.Max(1, parameters.LogZ.Length));
        _inputSums = new(accelerator, Math.Max(1, parameters.InputSums.Length));
        _outputSums = new(accelerator, Math.Max(1, parameters.OutputSums.Length));
        _dim = spec.Dim;
        _keepLimits = new(accelerator, spec.Words);
        _cells = new(accelerator, spec.Words);
        _noise = new(accelerator, spec.Words);
        _means = new(accelerator, 2L * Columns);
        _squares = new(accelerator, 4);
        _noise.View.CopyFromCPU(accelerator.DefaultStream, Array.ConvertAll(spec.Noise.Probabilities.ToArray(), p => (float)p));
        ClearMeans(accelerator.DefaultStream);
        _keepLimits.View.CopyFromCPU(accelerator.DefaultStream, spec.KeepLimits);
        _cells.View.CopyFromCPU(accelerator.DefaultStream, spec.Noise.Table.Cells.ToArray());
        Upload(accelerator.DefaultStream);
    }

    /// <summary>Gets the number of units of four floats per row.</summary>
    public int Columns { get; }

    public ArrayView<uint> KeepLimits => _keepLimits.View;

    public ArrayView<AliasTable.Cell> Cells => _cells.View;

    public ModelViews Views => new() { Input = _input.View, Output = _output.View, Offsets = _offsets.View, LogZ = _logZ.View, Noise = _noise.View, Means = _means.View, MeanSquares = _squares.View, InputSums = _inputSums.View, OutputSums = _outputSums.View, Columns = Columns, Dim = _dim };

    /// <summary>Computes the bytes that the parameters and tables of a model take on a device.</summary>
    public static long Bytes(WordVectorSpec spec) =>
        (spec.Words * ((8L * AlignedMatrix.PadColumns(spec.Dim)) + (spec.AdaGrad ? 28 : 20))) + (4L * spec.NormalizerRows) + (8L * AlignedMatrix.PadColumns(spec.Dim)) + 16;

    /// <summary>Sets the means of rows to zero.</summary>
    public void ClearMeans(AcceleratorStream stream)
    {
        _means.View.MemSetToZero(stream);
        _squares.View.MemSetToZero(stream);
    }

    /// <summary>Copies the parameters back to the host.</summary>
    public unsafe void Download(AcceleratorStream stream)
    {
        Copy(stream, _parameters.Input.Pointer, _input.View, toDevice: false);
        Copy(stream, _parameters.Output.Pointer, _output.View, toDevice: false);
        if (_parameters.Offset.Length > 0)
            _offsets.View.CopyToCPU(stream, _parameters.Offset.AsSpan());
        if (_parameters.LogZ.Length > 0)
            _logZ.View.CopyToCPU(stream, _parameters.LogZ.AsSpan());
        if (_parameters.InputSums.Length > 0)
        {
            _inputSums.View.CopyToCPU(stream, _parameters.InputSums.AsSpan());
            _outputSums.View.CopyToCPU(stream, _parameters.OutputSums.AsSpan());
        }

        stream.Synchronize();
    }

    /// <summary>Names the first row of each table on the device that is not finite, as a clause of a sentence.</summary>
    public string NotFinite()
    {
        IReadOnlyList<ParameterTable> tables = _parameters.Tables;
        return FiniteCheck.Describe([FiniteCheck.First(tables[0], _input.View), FiniteCheck.First(tables[1], _output.View), FiniteCheck.First(tables[2], _offsets.View), FiniteCheck.First(tables[3], _logZ.View)]);
    }

    /// <summary>Determines whether nothing was written around the buffers.</summary>
    public bool AreIntact() => new IGuardedBuffer[] { _input, _output, _offsets, _logZ, _keepLimits, _cells, _noise, _means, _squares, _inputSums, _outputSums }.All(b => b.IsIntact());

    public void Dispose()
    {
        foreach (IGuardedBuffer buffer in new IGuardedBuffer[] { _input, _output, _offsets, _logZ, _keepLimits, _cells, _noise, _means, _squares, _inputSums, _outputSums })
            buffer.Dispose();
        _locked.Dispose();
    }

    /// <summary>Copies the parameters from the host.</summary>
    public unsafe void Upload(AcceleratorStream stream)
    {
        Copy(stream, _parameters.Input.Pointer, _input.View, toDevice: true);
        Copy(stream, _parameters.Output.Pointer, _output.View, toDevice: true);
        if (_parameters.Offset.Length > 0)
            _offsets.View.CopyFromCPU(stream, _parameters.Offset.AsSpan());
        if (_parameters.LogZ.Length > 0)
            _logZ.View.CopyFromCPU(stream, _parameters.LogZ.AsSpan());
        if (_parameters.InputSums.Length > 0)
        {
            _inputSums.View.CopyFromCPU(stream, _parameters.InputSums.AsSpan());
            _outputSums.View.CopyFromCPU(stream, _parameters.OutputSums.AsSpan());
        }

        stream.Synchronize();
    }

    /// <summary>Copies a table in one direction, and waits for the copy.</summary>
    internal static unsafe void Copy(AcceleratorStream stream, float* table, ArrayView<Float4> view, bool toDevice)
    {
        for (long at = 0; at < view.Length; at += CopyUnits)
        {
            int count = (int)Math.Min(CopyUnits, view.Length - at);
            var host = new Span<Float4>((Float4*)table + at, count);
            if (toDevice)
                view.SubView(at, count).CopyFromCPU(stream, host);
            else
                view.SubView(at, count).CopyToCPU(stream, host);
            stream.Synchronize();
        }
    }
}
