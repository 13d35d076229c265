using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The suite on accelerators, with a derived class per kind of device; the first device of a kind is used.</summary>
public abstract class AcceleratorWordVectorConformance(string kind, bool plain) : WordVectorConformance
{
    private static readonly Dictionary<string, IBackendProvider> Providers = AcceleratorProvider.All().ToDictionary(p => ((AcceleratorProvider)p).Kind);

    protected override bool MergesRepeats => !plain;

    protected override bool Adapts => !plain;

    protected override void Require()
    {
        Assert.SkipWhen(kind == "cuda" && EmulatedDriver.IsLoaded, "this machine has no CUDA driver; its place is taken by the emulated one, which has classes of its own");
        Assert.SkipWhen(Device.Reason is not null, $"{kind}: {Device.Reason}");
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

[Collection("accelerators")] // a device may be used by one test at a time
public sealed class CudaWordVectorTests() : AcceleratorWordVectorConformance("cuda", plain: false);

[Collection("accelerators")]
public sealed class CudaPlainWordVectorTests() : AcceleratorWordVectorConformance("cuda", plain: true);

[Collection("accelerators")]
public sealed class OpenCLWordVectorTests() : AcceleratorWordVectorConformance("opencl", plain: false);

[Collection("accelerators")]
public sealed class OpenCLPlainWordVectorTests() : AcceleratorWordVectorConformance("opencl", plain: true);

[Collection("accelerators")]
public sealed class SimulatorWordVectorTests() : AcceleratorWordVectorConformance("ilgpu-cpu", plain: false)
{
    protected override bool IsSimulator => true;
}

[Collection("accelerators")]
public sealed class SimulatorPlainWordVectorTests() : AcceleratorWordVectorConformance("ilgpu-cpu", plain: true)
{
    protected override bool IsSimulator => true;
}
