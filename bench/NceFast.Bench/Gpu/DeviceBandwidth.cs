using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using NceFast.Kernels;

namespace NceFast.Bench.Gpu;

/// <summary>Measures the bandwidth of a device's memory.</summary>
internal static class DeviceBandwidth
{
    private const long MaxBytes = 1L << 28, MinBytes = 1L << 22;

    /// <summary>Measures copies from one buffer of the device to another. Returns GB/s, where every byte counts as read and as written.</summary>
    /// <param name="device">The name of the device.</param>
    /// <param name="memory">The bytes of its memory.</param>
    public static double Measure(string device, long memory)
    {
        Accelerator accelerator = AcceleratorProvider.OpenById(device);
        long length = Math.Clamp(memory / 16, MinBytes, MaxBytes) / sizeof(float);
        using MemoryBuffer1D<float, Stride1D.Dense> from = accelerator.Allocate1D<float>(length), to = accelerator.Allocate1D<float>(length);
        from.MemSetToZero();
        to.MemSetToZero();
        accelerator.Synchronize();
        double best = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int run = 0; run < 20 && (run < 3 || total.Elapsed.TotalSeconds < 2); run++)
        {
            var watch = Stopwatch.StartNew();
            from.View.CopyTo(accelerator.DefaultStream, to.View);
            accelerator.Synchronize();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        return 2.0 * sizeof(float) * length / best / 1e9;
    }
}
