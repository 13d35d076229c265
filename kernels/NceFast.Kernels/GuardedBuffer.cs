using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace NceFast.Kernels;

/// <summary>Represents device memory between two margins. The margins hold a pattern, which shows writes outside the memory.</summary>
internal interface IGuardedBuffer : IDisposable
{
    /// <summary>Determines whether both margins are unchanged.</summary>
    bool IsIntact();
}

/// <inheritdoc/>
internal sealed class GuardedBuffer<T> : IGuardedBuffer
    where T : unmanaged
{
    private const int Margin = 64;
    private const byte Pattern = 0xA5;
    private readonly MemoryBuffer1D<T, Stride1D.Dense> _buffer;

    public GuardedBuffer(Accelerator accelerator, long length)
    {
        _buffer = accelerator.Allocate1D<T>(length + (2 * Margin));
        View = _buffer.View.BaseView.SubView(Margin, length);
        var bytes = new byte[Margin * Interop.SizeOf<T>()];
        bytes.AsSpan().Fill(Pattern);
        foreach (ArrayView<T> margin in Margins())
            margin.CopyFromCPU(MemoryMarshal.Cast<byte, T>(bytes).ToArray());
    }

    /// <summary>Gets the memory between the margins.</summary>
    public ArrayView<T> View { get; }

    public bool IsIntact()
    {
        foreach (ArrayView<T> margin in Margins())
        {
            var values = new T[Margin];
            margin.CopyToCPU(values);
            if (MemoryMarshal.AsBytes(values.AsSpan()).ContainsAnyExcept(Pattern))
                return false;
        }

        return true;
    }

    public void Dispose() => DeviceResource.Release(_buffer);

    private ArrayView<T>[] Margins() => [_buffer.View.BaseView.SubView(0, Margin), _buffer.View.BaseView.SubView(_buffer.Length - Margin, Margin)];
}
