using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The accelerators' part of the suite of language models; a derived class a kind of device, of which the first is taken.</summary>
public abstract class AcceleratorLogBilinearConformance(string kind) : LogBilinearConformance
{
    private static readonly Dictionary<string, IBackendProvider> Providers = AcceleratorProvider.All().ToDictionary(p => ((AcceleratorProvider)p).Kind);

    protected override void Require() => Skip.If(Device.Reason is not null, $"{kind}: {Device.Reason}");

    private DeviceInfo Device => Providers[kind].Devices().First();

    private protected override IBackend CreateInOrder(LogBilinearSpec spec, LogBilinearParameters parameters) => Create(spec, parameters, inOrder: true);

    private protected override IBackend Create(LogBilinearSpec spec, LogBilinearParameters parameters) => Create(spec, parameters, inOrder: false);

    private protected override int[] LastNoise(LogBilinearSpec spec, TokenBlock block, int epoch, int batch, int count)
    {
        using var parameters = new LogBilinearParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        using IBackend backend = CreateInOrder(spec, parameters);
        var worker = (LogBilinearWorker)backend.Workers[0];
        worker.Process(block, new BlockStep(epoch, 0));
        var noise = new int[count];
        worker.Buffers.Noise.View.SubView(0, count).CopyToCPU(noise);
        return noise;
    }

    private protected override void CheckSurroundings(IBackend backend) =>
        Assert.True(((LogBilinearDevice)backend).BuffersAreIntact(), "a kernel wrote outside its buffers");

    private IBackend Create(LogBilinearSpec spec, LogBilinearParameters parameters, bool inOrder) =>
        ((AcceleratorProvider)Providers[kind]).Create(Device, new LogBilinearRequest(spec, parameters, 1, null), inOrder);
}

[Collection("accelerators")] // a device takes calls from one test at a time
public sealed class CudaLogBilinearTests() : AcceleratorLogBilinearConformance("cuda");

[Collection("accelerators")]
public sealed class OpenCLLogBilinearTests() : AcceleratorLogBilinearConformance("opencl");

[Collection("accelerators")]
public sealed class SimulatorLogBilinearTests() : AcceleratorLogBilinearConformance("ilgpu-cpu")
{
    protected override bool IsSimulator => true;
}
