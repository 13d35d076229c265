using ILGPU;
using ILGPU.Runtime;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Sampling;

namespace NceFast.Kernels.WordVectors;

/// <summary>A model's parameters and tables in the memory of a device, addressed in 64 bits.</summary>
internal sealed class WordVectorBuffers : IDisposable
{
    // Copies go in pieces: one span holds at most 2^31 elements.
    private const long CopyUnits = 16 << 20;

    private readonly WordVectorParameters _parameters;
    private readonly GuardedBuffer<Float4> _input, _output;
    private readonly GuardedBuffer<float> _offsets, _logZ;
    private readonly GuardedBuffer<uint> _keepLimits;
    private readonly GuardedBuffer<AliasTable.Cell> _cells;

    public WordVectorBuffers(Accelerator accelerator, WordVectorSpec spec, WordVectorParameters parameters)
    {
        _parameters = parameters;
        Columns = parameters.Input.Stride / 4;
        _input = new(accelerator, spec.Words * (long)Columns);
        _output = new(accelerator, spec.Words * (long)Columns);
        _offsets = new(accelerator, Math.Max(1, parameters.Offset.Length));
        _logZ = new(accelerator, Math.Max(1, parameters.LogZ.Length));
        _keepLimits = new(accelerator, spec.Words);
        _cells = new(accelerator, spec.Words);
        _keepLimits.View.CopyFromCPU(accelerator.DefaultStream, spec.KeepLimits);
        _cells.View.CopyFromCPU(accelerator.DefaultStream, spec.Noise.Table.Cells.ToArray());
        Upload(accelerator.DefaultStream);
    }

    /// <summary>Units of four floats per row.</summary>
    public int Columns { get; }

    public ArrayView<uint> KeepLimits => _keepLimits.View;

    public ArrayView<AliasTable.Cell> Cells => _cells.View;

    public ModelViews Views => new() { Input = _input.View, Output = _output.View, Offsets = _offsets.View, LogZ = _logZ.View, Columns = Columns };

    /// <summary>Bytes that the parameters and tables of a model take on a device.</summary>
    public static long Bytes(WordVectorSpec spec) =>
        (spec.Words * ((8L * AlignedMatrix.PadColumns(spec.Dim)) + 16)) + (4L * spec.NormalizerRows);

    /// <summary>Copies the parameters back to the host.</summary>
    public unsafe void Download(AcceleratorStream stream)
    {
        Copy(stream, _parameters.Input.Pointer, _input.View, toDevice: false);
        Copy(stream, _parameters.Output.Pointer, _output.View, toDevice: false);
        if (_parameters.Offset.Length > 0)
            _offsets.View.CopyToCPU(stream, _parameters.Offset.AsSpan());
        if (_parameters.LogZ.Length > 0)
            _logZ.View.CopyToCPU(stream, _parameters.LogZ.AsSpan());
        stream.Synchronize();
    }

    /// <summary>The rows on the device that are not finite, the first of each table, in a clause.</summary>
    public string NotFinite()
    {
        IReadOnlyList<ParameterTable> tables = _parameters.Tables;
        return FiniteCheck.Tell([FiniteCheck.First(tables[0], _input.View), FiniteCheck.First(tables[1], _output.View), FiniteCheck.First(tables[2], _offsets.View), FiniteCheck.First(tables[3], _logZ.View)]);
    }

    /// <summary>Gets a value indicating whether nothing was written around the buffers.</summary>
    public bool AreIntact() => new IGuardedBuffer[] { _input, _output, _offsets, _logZ, _keepLimits, _cells }.All(b => b.IsIntact());

    public void Dispose()
    {
        foreach (IGuardedBuffer buffer in new IGuardedBuffer[] { _input, _output, _offsets, _logZ, _keepLimits, _cells })
            buffer.Dispose();
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
        stream.Synchronize();
    }

    /// <summary>Copies a table one way or the other, and waits.</summary>
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
