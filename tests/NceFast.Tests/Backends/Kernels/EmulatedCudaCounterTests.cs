using System.Text.Json;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Specifies what the training kernels execute and move per kept word, counted by the emulated driver.</summary>
[Collection("accelerators")]
public sealed class EmulatedCudaCounterTests(ITestOutputHelper output) : IDisposable
{
    private const int Words = 30_000;

    // Share of the accesses to shared memory that are repeated because of bank conflicts.
    private const double MostConflicts = 0.02;

    public void Dispose() => EmulatedDriver.Stop();

    /// <summary>At dim 128 and the defaults of each model.</summary>
    /// <param name="model">Model.</param>
    /// <param name="objective">Objective.</param>
    /// <param name="instructions">PTX instructions of a warp per kept word, at most.</param>
    /// <param name="lanes">Active lanes of 32 per instruction, at least.</param>
    /// <param name="sectors">Sectors of 32 bytes that are loaded and stored per kept word, at most.</param>
    /// <param name="additions">Sectors to which atomic additions go per kept word, at most. Each of a thread's four goes to a sector by itself.</param>
    [Theory]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Nce, 2550, 31, 90, 355)]
    [InlineData(ModelKind.SkipGram, ObjectiveKind.Neg, 3950, 31, 180, 418)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Nce, 2620, 31, 119, 262)]
    [InlineData(ModelKind.Cbow, ObjectiveKind.Neg, 4050, 31, 194, 325)]
    public void Counts_per_kept_word_are_bounded(ModelKind model, ObjectiveKind objective, double instructions, double lanes, double sectors, double additions)
    {
        EmulatedDriver.Start("check=bounds blocks=64 seed=1 lost=1");
        WordVectorSpec spec = TestSpecs.Create(Words, 128, model, objective);
        using TokenBlock block = TestSpecs.Block(Words, [.. Enumerable.Repeat(25, 160)]);
        using var parameters = new WordVectorParameters(spec);
        parameters.Initialize(spec.Seed, TestSpecs.Counts(Words));
        DeviceInfo device = EmulatedDriver.Provider.Devices().First();
        using IBackend backend = EmulatedDriver.Provider.Create(device, new BackendRequest(spec, parameters, 1, 0.1f, null));
        ((AcceleratorWordVectorBackend)backend).Clock.Trained = long.MaxValue / 2; // as many groups as the device runs
        backend.Workers[0].Process(block, new BlockStep(0, 0.05f));
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, 0);

        JsonElement kernel = EmulatedDriver.Report.GetProperty("kernels").EnumerateArray().MaxBy(k => k.GetProperty("instructions").GetInt64());
        double Per(params string[] path) => path.Aggregate(kernel, (json, name) => json.GetProperty(name)).GetDouble() / plan.Count;
        double waves = Per("sharedLoads", "waves") + Per("sharedStores", "waves"), conflicts = Per("sharedLoads", "conflicts") + Per("sharedStores", "conflicts");
        double moved = Per("loads", "sectors") + Per("stores", "sectors"), meanLanes = kernel.GetProperty("meanLanes").GetDouble();
        output.WriteLine($"{model} {objective}, {plan.Count:N0} kept words: per word {Per("instructions"):F0} instructions of {meanLanes:F1} lanes, "
            + $"{Per("loads", "bytes"):F0} bytes loaded and {Per("stores", "bytes"):F0} stored in {moved:F0} sectors, {Per("atomics", "bytes"):F0} added in {Per("atomics", "sectors"):F0}, "
            + $"{Per("sharedLoads", "waves"):F1} and {Per("sharedStores", "waves"):F1} waves of shared memory, {conflicts:F2} by conflicts, "
            + $"{Per("lost"):F1} stores lost at 64 groups in flight");
        Assert.InRange(Per("instructions"), 1, instructions);
        Assert.InRange(meanLanes, lanes, 32);
        Assert.InRange(moved, 1, sectors);
        Assert.InRange(Per("atomics", "sectors"), 1, additions);
        Assert.Equal(0, Per("lost"));
        Assert.InRange(conflicts, 0, MostConflicts * waves);
    }
}
