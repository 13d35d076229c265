using NceFast.Kernels;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The options of the emulated driver that the conformance classes run with.</summary>
internal static class EmulatedOptions
{
    /// <summary>All checks but one: the kernels read shared memory before it is written, because threads add up partial scores of which some are never used.</summary>
    public const string Checks = "check=bounds,alignment,initialized,races,divergence";

    /// <summary>A number of thread blocks in flight, whose warps take turns at random at each load of global memory.</summary>
    public static string InFlight(int blocks) => $"{Checks} blocks={blocks} seed=1 fuse=1 approximation=2";
}

/// <summary>The CUDA part of the suite on the emulated driver; a derived class per kernel and number of thread blocks in flight.</summary>
public abstract class EmulatedCudaWordVectorConformance(bool plain, int blocks) : AcceleratorWordVectorConformance("cuda", plain), IDisposable
{
    private protected override AcceleratorProvider Provider => EmulatedDriver.Provider;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        EmulatedDriver.Stop();
    }

    protected override void Require() => EmulatedDriver.Start(EmulatedOptions.InFlight(blocks));
}

/// <summary>The same for language models.</summary>
public abstract class EmulatedCudaLanguageModelConformance(int blocks) : AcceleratorLanguageModelConformance("cuda"), IDisposable
{
    private protected override AcceleratorProvider Provider => EmulatedDriver.Provider;

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        EmulatedDriver.Stop();
    }

    protected override void Require() => EmulatedDriver.Start(EmulatedOptions.InFlight(blocks));
}

// One line per kernel and number of blocks. A device runs up to 1,296 at once (an A100).
[Collection("accelerators")]
public sealed class EmulatedCudaWordVectorTests() : EmulatedCudaWordVectorConformance(plain: false, blocks: 1);

[Collection("accelerators")]
public sealed class EmulatedCudaPlainWordVectorTests() : EmulatedCudaWordVectorConformance(plain: true, blocks: 1);

[Collection("accelerators")]
public sealed class EmulatedCudaLanguageModelTests() : EmulatedCudaLanguageModelConformance(blocks: 1);
