using ILGPU.Runtime;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels;
using NceFast.Kernels.LanguageModels;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The suite of language models on accelerators, with a derived class per kind of device; the first device of a kind is used.</summary>
public abstract class AcceleratorLanguageModelConformance(string kind) : LanguageModelConformance
{
    private static readonly Dictionary<string, IBackendProvider> Providers = AcceleratorProvider.All().ToDictionary(p => ((AcceleratorProvider)p).Kind);

    protected override void Require()
    {
        Assert.SkipWhen(kind == "cuda" && EmulatedDriver.IsLoaded, "this machine has no CUDA driver; its place is taken by the emulated one, which has classes of its own");
        Assert.SkipWhen(Device.Reason is not null, $"{kind}: {Device.Reason}");
    }

    private protected virtual AcceleratorProvider Provider => (AcceleratorProvider)Providers[kind];

    /// <summary>NaN in a row that the block uses: the error names the row, and the parameters on the host do not change.</summary>
    [Theory]
    [InlineData("target", 7, 1)]
    [InlineData("target", 7, 4)]
    [InlineData("context", 5, 1)]
    [InlineData("context", 5, 4)]
    [InlineData("position", 0, 1)]
    [InlineData("position", 0, 4)]
    [InlineData("bias", 7, 1)]
    [InlineData("bias", 7, 4)]
    public void NaN_is_reported_with_device_block_and_row_and_the_parameters_stay(string table, int row, int sharing)
    {
        Require();
        LanguageModelSpec spec = Small(sharing);
        using LanguageModelParameters parameters = Start(spec);
        using TokenBlock block = SmallBlock();
        using IBackend backend = CreateWithNaN(spec, parameters, table, row);
        double[] kept = LanguageReference.Flatten(parameters);
        var error = Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(4, 0.1f)));
        foreach (string part in new[] { "epoch 5", "block 9", " device '", $"{table} row {row}", "LanguageModelOptions.PlaceRate (here 0.5)" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        backend.Synchronize();
        Assert.Equal(kept, LanguageReference.Flatten(parameters));
        backend.Reload();
        Assert.True(double.IsFinite(backend.Workers[0].Process(block, new BlockStep(5, 0.1f)).Loss), "the host's parameters did not mend the device");
        backend.Synchronize();
        Assert.NotEqual(kept, LanguageReference.Flatten(parameters));
    }

    /// <summary>The exact softmax spreads NaN over all rows; it must also stop and name a row.</summary>
    [Fact]
    public void NaN_stops_the_exact_softmax()
    {
        Require();
        LanguageModelSpec spec = new Form { Sharing = 1, Objective = ObjectiveKind.MaximumLikelihood }.Spec();
        using LanguageModelParameters parameters = Start(spec);
        using TokenBlock block = SmallBlock();
        using IBackend backend = CreateWithNaN(spec, parameters, "target", 7);
        var error = Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(0, 0.1f)));
        Assert.Matches("target row [0-7]", error.Message);
    }

    [Fact]
    public void NaN_is_allowed_where_the_trainer_restores_the_model_itself()
    {
        Require();
        LanguageModelSpec spec = Small(1);
        using LanguageModelParameters parameters = Start(spec);
        using TokenBlock block = SmallBlock();
        bool tolerates = true;
        using IBackend backend = CreateWithNaN(spec, parameters, "bias", 7, () => tolerates);
        Assert.True(double.IsNaN(backend.Workers[0].Process(block, new BlockStep(0, 0.1f)).Loss));
        tolerates = false;
        Assert.Throws<NceFastException>(() => backend.Workers[0].Process(block, new BlockStep(0, 0.1f)));
    }

    private DeviceInfo Device => Provider.Devices().First();

    private protected override IBackend CreateInOrder(LanguageModelSpec spec, LanguageModelParameters parameters) => Create(spec, parameters, inOrder: true);

    private protected override IBackend Create(LanguageModelSpec spec, LanguageModelParameters parameters) => Create(spec, parameters, inOrder: false);

    private protected override int[] LastNoise(LanguageModelSpec spec, TokenBlock block, int epoch, int batch, int count)
    {
        using var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        using IBackend backend = CreateInOrder(spec, parameters);
        var worker = (LanguageModelWorker)backend.Workers[0];
        worker.Process(block, new BlockStep(epoch, 0));
        var noise = new int[count];
        worker.Buffers.Noise.View.SubView(0, count).CopyToCPU(noise);
        return noise;
    }

    private protected override void CheckSurroundings(IBackend backend) =>
        Assert.True(((AcceleratorLanguageModelBackend)backend).BuffersAreIntact(), "a kernel wrote outside its buffers");

    // A loss of NaN is compared with that of the scalar kernels.
    private IBackend Create(LanguageModelSpec spec, LanguageModelParameters parameters, bool inOrder) =>
        Provider.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null) { ToleratesDivergence = () => inOrder }, inOrder);

    // The parameters on the device differ from those on the host in one value.
    private IBackend CreateWithNaN(LanguageModelSpec spec, LanguageModelParameters parameters, string table, int row, Func<bool>? tolerates = null)
    {
        Span<float> values = parameters.Tables.Single(t => t.Name == table).Row(row);
        float before = values[0];
        values[0] = float.NaN;
        IBackend backend = Provider.Create(Device, new BackendRequest(spec, parameters, 1, 0.1f, null) { ToleratesDivergence = tolerates ?? (() => false) });
        values[0] = before;
        return backend;
    }

    private static LanguageModelParameters Start(LanguageModelSpec spec)
    {
        var parameters = new LanguageModelParameters(spec.Shape, spec.NormalizerRows, spec.AdaGrad);
        parameters.Initialize(7, TestSpecs.Counts(spec.Shape.Words));
        return parameters;
    }

    private static LanguageModelSpec Small(int sharing) => new Form { Sharing = sharing }.Spec();

    // "5 7" without words before it: 5 is the lowest context row, and 7 is a target.
    private static TokenBlock SmallBlock()
    {
        var block = new TokenBlock { Number = 9 };
        block.Add(5);
        block.Add(7);
        block.EndSentence();
        return block;
    }
}

[Collection("accelerators")] // a device may be used by one test at a time
public sealed class CudaLanguageModelTests() : AcceleratorLanguageModelConformance("cuda");

[Collection("accelerators")]
public sealed class OpenCLLanguageModelTests() : AcceleratorLanguageModelConformance("opencl");

[Collection("accelerators")]
public sealed class SimulatorLanguageModelTests() : AcceleratorLanguageModelConformance("ilgpu-cpu")
{
    protected override bool IsSimulator => true;
}
