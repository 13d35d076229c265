using ILGPU;
using ILGPU.Runtime;

namespace NceFast.Kernels;

/// <summary>A kernel compiled for a device.</summary>
internal sealed class LogBilinearKernel(Accelerator accelerator, Action<LogBilinearArguments> kernel)
{
    private readonly Action<AcceleratorStream, KernelConfig, LogBilinearArguments> _launch = accelerator.LoadKernel(kernel);

    public void Run(AcceleratorStream stream, int groups, int threads, in LogBilinearArguments a) => _launch(stream, new KernelConfig(groups, threads), a);
}
