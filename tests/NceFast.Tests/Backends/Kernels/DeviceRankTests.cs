using NceFast.Backends;
using NceFast.Kernels;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>auto chooses CUDA, then OpenCL with memory of its own, then the host, and no other device.</summary>
public sealed class DeviceRankTests
{
    private static readonly DeviceInfo
        Cuda = Fake("cuda:0", AcceleratorProvider.CudaScore),
        SecondCuda = Fake("cuda:1", AcceleratorProvider.CudaScore - 1),
        Discrete = Fake("opencl:0", AcceleratorProvider.DiscreteScore),
        Integrated = Fake("opencl:1", AcceleratorProvider.SharedMemoryScore),
        Simulator = Fake("ilgpu-cpu", AcceleratorProvider.NeverChosen);

    [Fact]
    public void Auto_prefers_cuda_then_discrete_opencl_then_the_host()
    {
        Assert.Equal("cuda:0", Auto(Simulator, Integrated, Discrete, SecondCuda, Cuda));
        Assert.Equal("opencl:0", Auto(Simulator, Integrated, Discrete));
        Assert.Equal("host", Auto(Simulator, Integrated));
        Assert.Equal("host", Auto(Simulator));
    }

    [Fact]
    public void Auto_skips_a_device_that_cannot_be_used()
    {
        Assert.Equal("opencl:0", Auto(Cuda with { Reason = "its driver is missing" }, Discrete));
    }

    [Fact]
    public void The_list_is_in_the_order_of_the_choice()
    {
        var catalog = new BackendCatalog();
        catalog.Register(new BackendCatalogTests.Fakes(Simulator, Integrated, Discrete, SecondCuda, Cuda));
        Assert.Equal(["cuda:0", "cuda:1", "opencl:0", "host", "opencl:1", "ilgpu-cpu"], catalog.Devices().Select(d => d.Id));
    }

    [Fact]
    public void The_simulator_is_never_chosen() =>
        Assert.All(AcceleratorProvider.All().Single(p => ((AcceleratorProvider)p).Kind == "ilgpu-cpu").Devices(), d => Assert.True(d.Score < 0));

    private static string Auto(params DeviceInfo[] devices)
    {
        var catalog = new BackendCatalog();
        catalog.Register(new BackendCatalogTests.Fakes(devices));
        return catalog.Resolve("auto").Id;
    }

    private static DeviceInfo Fake(string id, int score) => new(id, id, 1, score, null, "");
}
