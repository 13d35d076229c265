using ILGPU;
using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Kernels;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>A device that fails during training, on the simulator: the message, and the last good parameters on the host.</summary>
[Collection("accelerators")]
public sealed class DeviceFaultTests
{
    private static readonly AcceleratorProvider Simulator = (AcceleratorProvider)AcceleratorProvider.All().Single(p => ((AcceleratorProvider)p).Kind == "ilgpu-cpu");
    private static readonly DeviceInfo Device = Simulator.Devices().Single();

    [Fact]
    public void A_device_lost_during_training_is_reported_with_the_block_and_the_parameters_stay()
    {
        WordVectorSpec spec = TestSpecs.Create(60, 8);
        using WordVectorParameters parameters = Parameters(spec);
        using var backend = (AcceleratorWordVectorBackend)Simulator.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null));
        using TokenBlock block = TestSpecs.Block(60, [5, 7]);
        backend.Workers[0].Process(block, new BlockStep(0, 0.1f));
        backend.Synchronize();
        float[] kept = parameters.Input.Row(block.Ids[0]).ToArray();
        backend.Workers[0].Process(block, new BlockStep(1, 0.1f));
        backend.Kernels.Train = (_, _, _) => throw new InvalidOperationException("the device was lost.");
        block.Number = 7;
        var error = Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(1, 0.1f)));
        Assert.Equal(ErrorKind.Device, error.Kind);
        foreach (string part in new[] { "epoch 2", "block 7", "the device was lost", "CPU device" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        backend.Synchronize();
        Assert.Equal(kept, parameters.Input.Row(block.Ids[0]).ToArray());
    }

    [Fact]
    public void A_disposed_device_throws()
    {
        WordVectorSpec spec = TestSpecs.Create(60, 8);
        using WordVectorParameters parameters = Parameters(spec);
        IBackend backend = Simulator.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null));
        IBlockWorker worker = backend.Workers[0];
        backend.Dispose();
        backend.Dispose();
        using TokenBlock block = TestSpecs.Block(60, [5, 7]);
        Assert.Throws<ObjectDisposedException>(() => backend.Workers);
        Assert.Throws<ObjectDisposedException>(backend.Synchronize);
        Assert.Throws<ObjectDisposedException>(backend.Reload);
        Assert.Throws<ObjectDisposedException>(worker.Flush);
        Assert.Throws<ObjectDisposedException>(() => worker.Process(block, new BlockStep(0, 0.1f)));
    }

    [Fact]
    public void Lack_of_memory_during_training_ends_the_pass()
    {
        WordVectorSpec spec = TestSpecs.Create(60, 8);
        using WordVectorParameters parameters = Parameters(spec);
        using var backend = (AcceleratorWordVectorBackend)Simulator.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null));
        using var text = new Blocks(5);
        int blocks = 0;
        Action<AcceleratorStream, KernelConfig, TrainArguments> train = backend.Kernels.Train;
        backend.Kernels.Train = (stream, config, arguments) =>
        {
            if (blocks++ == 2)
                throw new OutOfMemoryException("out of memory.");
            train(stream, config, arguments);
        };
        var error = Assert.Throws<NceFastException>(() => new Coordinator(backend).RunPass(text, 0, _ => 0.1f, null, default));
        Assert.Contains("out of memory", error.Message, StringComparison.Ordinal);
        Assert.Contains("block 2", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, blocks);
    }

    [Theory]
    [InlineData(ModelKind.SkipGram)]
    [InlineData(ModelKind.Cbow)]
    public void NaN_is_reported_with_device_block_and_row_and_the_parameters_stay(ModelKind model)
    {
        WordVectorSpec spec = TestSpecs.Create(60, 8, model, ObjectiveKind.Nce);
        using WordVectorParameters parameters = Parameters(spec);
        using TokenBlock block = TestSpecs.Block(60, [5, 7], seed: 3);
        parameters.Output.Row(block.Ids[2])[3] = float.NaN;
        using var backend = (AcceleratorWordVectorBackend)Simulator.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null));
        parameters.Output.Row(block.Ids[2])[3] = 0;
        var error = Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(4, 0.1f)));
        foreach (string part in new[] { "epoch 5", "block 3", "CPU device", "not finite are" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Matches("(input|output) row [0-9]+", error.Message);
        backend.Synchronize();
        Assert.True(Enumerable.Range(0, 60).All(w => parameters.Input.Row(w).ToArray().All(float.IsFinite) && parameters.Output.Row(w).ToArray().All(float.IsFinite)));
    }

    [Fact]
    public void A_kernel_that_does_not_compile_is_reported_with_the_device()
    {
        using ILGPU.Context context = ILGPU.Context.Create(builder => ILGPU.Runtime.CPU.CPUContextExtensions.CPU(builder));
        using Accelerator accelerator = context.Devices.First().CreateAccelerator(context);
        var error = Assert.Throws<NceFastException>(() => WordVectorKernelSet.Load(accelerator, "impossible", () => accelerator.LoadKernel<TrainArguments>(Impossible)));
        Assert.Equal(ErrorKind.Device, error.Kind);
        Assert.Contains("'impossible' does not compile for the CPU device", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_is_too_large_is_forecast_in_the_list_and_in_the_error()
    {
        var catalog = new BackendCatalog();
        catalog.Register(Simulator);
        WordVectorSpec small = TestSpecs.Create(60, 8), large = TestSpecs.Create(1_000_000, 65_536);
        DeviceInfo fits = catalog.Devices(small).Single(d => d.Id == "ilgpu-cpu"), tooLarge = catalog.Devices(large).Single(d => d.Id == "ilgpu-cpu");
        Assert.True(fits.Usable && fits.Forecast > 0);
        Assert.False(tooLarge.Usable);
        Assert.Contains($"needs {tooLarge.Forecast:N0} bytes", tooLarge.Reason, StringComparison.Ordinal);
        using WordVectorParameters parameters = Parameters(small);
        var error = Assert.Throws<NceFastException>(() => Simulator.Create(Device with { Memory = 1000 }, new BackendRequest(small, parameters, 1, 0.1f, null)));
        Assert.Equal(ErrorKind.Memory, error.Kind);
        Assert.Contains($"needs {fits.Forecast:N0} bytes", error.Message, StringComparison.Ordinal);
    }

    private static void Impossible(TrainArguments a) => a.Losses[0] = new List<float> { a.Rate }.Count;

    private static WordVectorParameters Parameters(WordVectorSpec spec)
    {
        var parameters = new WordVectorParameters(spec);
        parameters.Initialize(spec.Seed, TestSpecs.Counts(spec.Words));
        return parameters;
    }

    private sealed class Blocks(int count) : IBlockSource
    {
        public long Words => -1;

        public IReadOnlyList<IBlockReader> Open(int epoch, int readers) => [new Reader(count)];

        public void Dispose()
        {
        }
    }

    private sealed class Reader(int count) : IBlockReader
    {
        private int _next;

        public bool TryRead(TokenBlock block)
        {
            if (_next == count)
                return false;
            block.Clear();
            block.Number = (ulong)_next++;
            for (int i = 0; i < 20; i++)
                block.Add(i);
            block.EndSentence();
            return true;
        }

        public void Dispose()
        {
        }
    }
}
