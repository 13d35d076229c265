using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.LanguageModels;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Backends.Host.LanguageModels;

/// <summary>The suite on the host, with a derived class per vector width.</summary>
public abstract class HostLanguageModelConformance(string kernels) : LanguageModelConformance
{
    protected override void Require() =>
        Assert.SkipUnless(HostKernelCatalog.Usable.Contains(kernels), $"this processor cannot run {kernels}; it can run {string.Join(", ", HostKernelCatalog.Usable)}");

    private protected override IBackend CreateInOrder(LanguageModelSpec spec, LanguageModelParameters parameters) => new LanguageModelBackend(spec, parameters, 1, kernels);

    private protected override IBackend Create(LanguageModelSpec spec, LanguageModelParameters parameters) => new LanguageModelBackend(spec, parameters, 1, kernels);

    private protected override int[] LastNoise(LanguageModelSpec spec, TokenBlock block, int epoch, int batch, int count)
    {
        var noise = new int[count];
        if (spec.Bigrams is not null)
        {
            // The batches before have no influence on the words.
            var plan = new LanguageModelPlan(spec.Shape);
            plan.Prepare(block);
            using var parameters = new LanguageModelParameters(spec.Shape);
            using var words = new PredictionBatch(HostKernelCatalog.Create(kernels), parameters, spec.Batch);
            using TargetView view = new TargetTables(spec, parameters, 1).CreateView();
            words.Load(plan.Stream, plan.Targets[(batch * spec.Batch)..], new NoiseSets(spec.Sharing, spec.Batch));
            var sets = new NoiseWords(spec, view, spec.MostSets);
            sets.Draw(new NoiseDraw(epoch, block.Number, batch), words);
            for (int set = 0; set < count / spec.NoiseSetSize; set++)
                sets.Set(set).CopyTo(noise.AsSpan(set * spec.NoiseSetSize));
            return noise;
        }

        LanguageModelPlan.DrawNoise(spec, epoch, block.Number, batch, new uint[((2 * count) + Philox4x32.Tile - 1) / Philox4x32.Tile * Philox4x32.Tile], noise);
        return noise;
    }
}

public sealed class ScalarLanguageModelTests() : HostLanguageModelConformance("scalar");

public sealed class Vector128LanguageModelTests() : HostLanguageModelConformance("vector128");

public sealed class Vector256LanguageModelTests() : HostLanguageModelConformance("vector256");

public sealed class Vector512LanguageModelTests() : HostLanguageModelConformance("vector512");
