using NceFast.Backends;
using NceFast.Backends.Host;
using NceFast.Backends.Host.WordVectors;
using NceFast.Corpus;
using NceFast.Models;
using Xunit;

namespace NceFast.Tests.Backends.Host.WordVectors;

/// <summary>The suite on the host, with a derived class per vector width.</summary>
public abstract class HostWordVectorConformance(string kernels) : WordVectorConformance
{
    protected override void Require() =>
        Assert.SkipUnless(HostKernelCatalog.Usable.Contains(kernels), $"this processor cannot run {kernels}; it can run {string.Join(", ", HostKernelCatalog.Usable)}");

    private protected override IBackend CreateInOrder(WordVectorSpec spec, WordVectorParameters parameters) => new WordVectorBackend(spec, parameters, 1, 0.1f, kernels);

    private protected override IBackend Create(WordVectorSpec spec, WordVectorParameters parameters) => new WordVectorBackend(spec, parameters, 1, 0.05f, kernels);

    private protected override Draws DrawsOf(WordVectorSpec spec, TokenBlock block, int epoch)
    {
        using var plan = new WordVectorPlan(spec);
        plan.Prepare(block, epoch);
        return new Draws(plan.Kept.ToArray(), plan.Low.ToArray(), plan.High.ToArray(), plan.Noise.ToArray(), plan.Predictions);
    }
}

public sealed class ScalarWordVectorTests() : HostWordVectorConformance("scalar");

public sealed class Vector128WordVectorTests() : HostWordVectorConformance("vector128");

public sealed class Vector256WordVectorTests() : HostWordVectorConformance("vector256");

public sealed class Vector512WordVectorTests() : HostWordVectorConformance("vector512");
