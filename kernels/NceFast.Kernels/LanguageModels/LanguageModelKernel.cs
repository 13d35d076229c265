using ILGPU;
using ILGPU.Runtime;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents a kernel that is compiled for a device.</summary>
internal sealed class LanguageModelKernel(Accelerator accelerator, Action<LanguageModelArguments> kernel)
{
    private readonly Action<AcceleratorStream, KernelConfig, LanguageModelArguments> _launch = accelerator.LoadKernel(kernel);

    public void Run(AcceleratorStream stream, int groups, int threads, in LanguageModelArguments a) => _launch(stream, new KernelConfig(groups, threads), a);
}
