using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The accelerators' part of the suite; a derived class a kind of device, of which the first is taken.</summary>
public abstract class AcceleratorConformance(string kind, bool plain) : BackendConformance
{
    private static readonly Dictionary<string, IBackendProvider> Providers = AcceleratorProvider.All().ToDictionary(p => ((AcceleratorProvider)p).Kind);

    protected override bool MergesRepeats => !plain;

    protected override void Require()
    {
        Skip.If(kind == "cuda" && EmulatedDriver.IsLoaded, "this machine has no CUDA driver; its place is taken by the emulated one, which has classes of its own");
        Skip.If(Device.Reason is not null, $"{kind}: {Device.Reason}");
    }

    private protected virtual AcceleratorProvider Provider => (AcceleratorProvider)Providers[kind];

    private DeviceInfo Device => Provider.Devices().First();

    private protected override IBackend CreateInOrder(WordVectorSpec spec, WordVectorParameters parameters) => Create(spec, parameters, inOrder: true);

    private protected override IBackend Create(WordVectorSpec spec, WordVectorParameters parameters) => Create(spec, parameters, inOrder: false);

    private protected override Draws DrawsOf(WordVectorSpec spec, TokenBlock block, int epoch)
    {
        using var parameters = new WordVectorParameters(spec);
        using var backend = (AcceleratorWordVectorBackend)Create(spec, parameters, inOrder: true);
        var worker = (AcceleratorWordVectorWorker)backend.Workers[0];
        worker.Prepare(block, epoch);
        worker.Flush();
        BlockBuffers buffers = worker.Block;
        int[] totals = First(buffers.Totals, 4);
        int count = totals[0];
        return new Draws(
            First(buffers.Kept, count),
            First(buffers.Low, count),
            First(buffers.High, count),
            First(buffers.Noise, (count + spec.Sharing - 1) / spec.Sharing * spec.NoiseSetSize),
            totals[1]);
    }

    private protected override BlockResult ProcessUnchecked(IBackend backend, TokenBlock block, BlockStep step)
    {
        BlockResult result = ((AcceleratorWordVectorWorker)backend.Workers[0]).Run(block, step);
        ((AcceleratorWordVectorBackend)backend).Download();
        return result;
    }

    private protected override void CheckSurroundings(IBackend backend) =>
        Assert.True(((AcceleratorWordVectorBackend)backend).BuffersAreIntact(), "a kernel wrote outside its buffers");

    private static int[] First(GuardedBuffer<int> buffer, int count)
    {
        var values = new int[count];
        buffer.View.SubView(0, count).CopyToCPU(values);
        return values;
    }

    private IBackend Create(WordVectorSpec spec, WordVectorParameters parameters, bool inOrder) =>
        Provider.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null), inOrder, plain);
}

[Collection("accelerators")] // a device takes calls from one test at a time
public sealed class CudaConformanceTests() : AcceleratorConformance("cuda", plain: false);

[Collection("accelerators")]
public sealed class CudaPlainConformanceTests() : AcceleratorConformance("cuda", plain: true);

[Collection("accelerators")]
public sealed class OpenCLConformanceTests() : AcceleratorConformance("opencl", plain: false);

[Collection("accelerators")]
public sealed class OpenCLPlainConformanceTests() : AcceleratorConformance("opencl", plain: true);

[Collection("accelerators")]
public sealed class SimulatorConformanceTests() : AcceleratorConformance("ilgpu-cpu", plain: false)
{
    protected override bool IsSimulator => true;
}

[Collection("accelerators")]
public sealed class SimulatorPlainConformanceTests() : AcceleratorConformance("ilgpu-cpu", plain: true)
{
    protected override bool IsSimulator => true;
}
