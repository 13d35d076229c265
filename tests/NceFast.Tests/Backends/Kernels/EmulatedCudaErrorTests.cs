using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>A backend whose driver fails in the middle of a training.</summary>
[Collection("accelerators")]
public sealed class EmulatedCudaErrorTests : IDisposable
{
    public void Dispose() => EmulatedDriver.Stop();

    [Theory]
    [InlineData("cuMemcpyAsync", 2)]
    [InlineData("cuLaunchKernel", 1)]
    [InlineData("cuLaunchKernel", 5)]
    [InlineData("cuStreamSynchronize", 1)]
    public void A_call_that_fails_names_the_device_and_the_block_and_the_host_keeps_its_parameters(string entry, int call)
    {
        EmulatedDriver.Start(EmulatedOptions.Checks);
        WordVectorSpec spec = TestSpecs.Create(60, 8);
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(spec.Seed, TestSpecs.Counts(spec.Words));
        using TokenBlock block = TestSpecs.Block(60, [5, 7], seed: 7);
        using IBackend backend = Create(spec, parameters);
        backend.Workers[0].Process(block, new BlockStep(0, 0.1f));
        backend.Synchronize();
        float[] kept = parameters.Input.Row(block.Ids[0]).ToArray();

        EmulatedDriver.Start($"{EmulatedOptions.Checks} fail={entry}:{call}:719");
        var error = Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(1, 0.1f)));
        Assert.Equal(ErrorKind.Device, error.Kind);
        foreach (string part in new[] { "'Emulated GPU 0'", "epoch 2", "block 7", "a kernel failed." })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        backend.Synchronize();
        backend.Reload();
        Assert.Equal(kept, parameters.Input.Row(block.Ids[0]).ToArray());
        Assert.Throws<NceFastException>(() => backend.Workers[1].Process(block, new BlockStep(1, 0.1f)));
    }

    [Fact]
    public void A_copy_of_the_parameters_that_fails_names_the_device()
    {
        EmulatedDriver.Start(EmulatedOptions.Checks);
        WordVectorSpec spec = TestSpecs.Create(60, 8);
        using var parameters = new WordVectorParameters(spec);
        using IBackend backend = Create(spec, parameters);
        EmulatedDriver.Start($"{EmulatedOptions.Checks} fail=cuMemcpyAsync:1:719");
        foreach (Action copy in new[] { backend.Synchronize, backend.Reload })
        {
            var error = Assert.Throws<NceFastException>(copy);
            Assert.Equal(ErrorKind.Device, error.Kind);
            Assert.Contains("device 'Emulated GPU 0' failed while parameters were copied: a kernel failed.", error.Message, StringComparison.Ordinal);
        }
    }

    private static IBackend Create(WordVectorSpec spec, WordVectorParameters parameters)
    {
        AcceleratorProvider provider = EmulatedDriver.CreateProvider();
        return provider.Create(provider.Devices().First(), new BackendRequest(spec, parameters, 1, 0.1f, null));
    }
}
